// Prints what pdf.js, Firefox's reader, finds in PDF files: their text by path, as JSON.
// The first argument is the package's directory.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [place, ...files] = process.argv.slice(2);
const { getDocument } = await import(pathToFileURL(`${place}/legacy/build/pdf.mjs`));
const found = {};
for (const file of files) {
  const task = getDocument({ data: new Uint8Array(readFileSync(file)), verbosity: 0 });
  const pdf = await task.promise;
  const lines = [];
  for (let number = 1; number <= pdf.numPages; number++) {
    const { items } = await (await pdf.getPage(number)).getTextContent();
    lines.push(items.map((item) => item.str + (item.hasEOL ? "\n" : "")).join(""));
  }
  found[file] = lines.join("\n");
}
console.log(JSON.stringify(found));
