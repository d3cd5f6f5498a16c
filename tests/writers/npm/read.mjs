// Prints the cells of workbooks as a library reads them, as one JSON document:
//
//   node read.mjs sheetjs|exceljs BOOK.xlsx ...
//
// For each workbook, in order, it is a list of [title, rows]. A cell is a text, a number, a boolean, null, or
// {"date": ...} in UTC. A workbook that the library refuses, a formula and an error in a cell end it all.

import { readFile } from "node:fs/promises";

const DAY_MS = 86_400_000;
const SERIAL_OF_1970 = 25_569;

const [library, ...paths] = process.argv.slice(2);

const dated = (ms) => ({ date: new Date(ms).toISOString() });

const refused = (value) => {
  throw new Error(`no cell that Bellhop writes: ${JSON.stringify(value)}`);
};

async function sheetjs() {
  const { default: XLSX } = await import("xlsx");

  const plain = (cell) => {
    if (cell === undefined) return null;
    if (cell.f !== undefined || cell.l !== undefined || !"snb".includes(cell.t)) return refused(cell);
    // SheetJS gives a date as its serial number, unless asked for dates (cellDates): these are cut to milliseconds
    // where they should be rounded, so that one in five comes out a millisecond early.
    return cell.t === "n" && XLSX.SSF.is_date(cell.z) ? dated(Math.round((cell.v - SERIAL_OF_1970) * DAY_MS)) : cell.v;
  };

  const rows = (sheet) => {
    const { s: first, e: last } = XLSX.utils.decode_range(sheet["!ref"]);
    const row = (r) => range(first.c, last.c).map((c) => plain(sheet[XLSX.utils.encode_cell({ r, c })]));
    return range(first.r, last.r).map(row);
  };

  return (workbook) => {
    const { SheetNames, Sheets } = XLSX.read(workbook, { cellNF: true });
    return SheetNames.map((title) => [title, rows(Sheets[title])]);
  };
}

async function exceljs() {
  const { default: ExcelJS } = await import("exceljs");

  const plain = ({ value }) => {
    if (value instanceof Date) return dated(value.getTime());
    // Formulas, links, errors and formatted texts are objects.
    return value !== null && typeof value === "object" ? refused(value) : value;
  };

  const rows = (sheet) => {
    const row = (r) => range(1, sheet.columnCount).map((c) => plain(sheet.getCell(r, c)));
    return range(1, sheet.rowCount).map(row);
  };

  return async (workbook) => {
    const book = new ExcelJS.Workbook();
    await book.xlsx.load(workbook);
    return book.worksheets.map((sheet) => [sheet.name, rows(sheet)]);
  };
}

const range = (first, last) => Array.from({ length: last - first + 1 }, (_, number) => first + number);

const sheetsOf = await { sheetjs, exceljs }[library]();
const books = [];
for (const path of paths) {
  try {
    books.push(await sheetsOf(await readFile(path)));
  } catch (error) {
    throw new Error(`${library} on ${path}: ${error.message}`, { cause: error });
  }
}
process.stdout.write(JSON.stringify(books));
