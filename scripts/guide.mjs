// The code in docs/write-an-adapter.md is the example's: below each line `<!-- file#region -->` stands what the file has
// between `#region` and `#endregion`, or all of it. `pnpm run guide` writes it; with --check it is only compared.
import { readFileSync, writeFileSync } from 'node:fs';

const GUIDE = 'docs/write-an-adapter.md';
const EXAMPLE = 'examples/own-adapter/';
const PLACE = /^<!-- ([\w.-]+)(?:#(\w+))? -->\n```js\n[\s\S]*?^```$/gm;

/** @param {string} file @param {string | undefined} region */
function codeOf(file, region) {
  const lines = readFileSync(EXAMPLE + file, 'utf8')
    .trimEnd()
    .split('\n');
  const begin = lines.findIndex((line) => line.trim() === `// #region ${region}`);
  if (region !== undefined && begin === -1) throw new Error(`${EXAMPLE}${file} has no region ${region}`);
  const end = lines.findIndex((line, index) => index > begin && line.trim() === '// #endregion');
  const code = region === undefined ? lines : lines.slice(begin + 1, end);
  const indent = Math.min(...code.filter((line) => line !== '').map((line) => line.search(/\S/)));
  return code.map((line) => line.slice(indent)).join('\n');
}

const guide = readFileSync(GUIDE, 'utf8');
let places = 0;
const current = guide.replace(PLACE, (_all, file, region) => {
  places += 1;
  const place = region === undefined ? file : `${file}#${region}`;
  return `<!-- ${place} -->\n\`\`\`js\n${codeOf(file, region)}\n\`\`\``;
});

// A block that is marked badly would be compared with nothing.
const marked = guide.split('<!-- ').length - 1;
if (places === 0 || places !== marked) {
  console.error(`${GUIDE}: ${marked} places are marked, ${places} have code of the example's`);
  process.exitCode = 1;
} else if (!process.argv.includes('--check')) {
  writeFileSync(GUIDE, current);
} else if (current !== guide) {
  console.error(`${GUIDE} shows other code than ${EXAMPLE}: npx -y pnpm@12 run guide`);
  process.exitCode = 1;
}
