/** Gives `text` to the reader as a file to save. */
export function saveFile(name: string, text: string, type: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  // The browser has taken what it needs when this turn ends; some need it a little longer.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
