// Writes the rules of the kit into CONTRACT.md; a test holds the two equal. `pnpm run contract`
import { readFileSync, writeFileSync } from 'node:fs';
import { rulesAsMarkdown } from '../conformance/dist/index.js';

const document = readFileSync('CONTRACT.md', 'utf8');
writeFileSync('CONTRACT.md', document.slice(0, document.indexOf('## Rules')) + rulesAsMarkdown());
