// Prints what gift-pegjs finds in a file of GIFT, as JSON.
// The first argument is the package's directory.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [place, file] = process.argv.slice(2);
const { parse } = createRequire(import.meta.url)(place);
console.log(JSON.stringify(parse(readFileSync(file, "utf8"))));
