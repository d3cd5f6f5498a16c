"""The endpoints: dependencies, one call, one answer."""
