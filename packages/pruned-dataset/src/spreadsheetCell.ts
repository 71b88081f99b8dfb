// What Excel, LibreOffice and Google Sheets take for the begin of a formula, in the wide forms of East Asian keyboards too.
const BEGINS_FORMULA = /^[=+\-@\t\r＝＋－＠]/;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/**
 * A cell of a table that people open in a spreadsheet. A name of anybody's that would be run as a formula has an apostrophe put before it, which
 * spreadsheets take as "this is text"; numbers stay numbers.
 */
export function spreadsheetCell(text: string): string {
  return BEGINS_FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
}
