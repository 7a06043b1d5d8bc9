// Proves that the kit can fail: runs the rules on adapters and caches that are broken in one small way each, says which
// rules caught what, the score and the survivors, and whether the rules cry wolf over adapters that are unusual but
// sound. `pnpm mutants [--all] [part of a name]`; with --all every rule is asked, not only those named for a mutant.
import { parseArgs } from 'node:util';
import { harnessOf, mutants, run } from '../conformance/dist/index.js';
import { parts } from '../conformance/dist/mutants/parts.js';
import { falseAlarms, tryMutant } from '../conformance/dist/mutants/trial.js';
import { unusualHarnesses } from '../conformance/dist/mutants/unusual.js';

const { values, positionals } = parseArgs({ options: { all: { type: 'boolean' } }, allowPositionals: true });
const isChosen = ({ name }) => positionals.every((text) => name.includes(text));
const ofAdapters = mutants.filter(isChosen).map((mutant) => [mutant, () => tryMutant(mutant, values)]);
const ofParts = parts.flatMap((part) => {
  return part.mutants.filter(isChosen).map((mutant) => [mutant, () => part.trial(mutant.name)]);
});
const chosen = [...ofAdapters, ...ofParts];
if (chosen.length === 0) {
  console.error(`No mutant has ${positionals.join(' and ')} in its name.`);
  process.exit(2);
}

const survivors = [];
for (const [mutant, attempt] of chosen) {
  const { caughtBy, missedBy } = await attempt();
  const caught = missedBy.length === 0;
  console.log(`${caught ? '✓' : '✗'} ${mutant.name}: ${mutant.does}`);
  console.log(`    caught by ${caughtBy.join(', ') || 'nothing'}`);
  if (caught) continue;
  const missed = missedBy.map(({ id, status }) => `${id} (${status})`).join(', ');
  console.log(`    missed by ${missed}`);
  survivors.push(`${mutant.name}: missed by ${missed}`);
}

const sound =
  positionals.length === 0 ? [{ ...harnessOf(), name: 'the reference adapter' }, ...unusualHarnesses] : [];
const alarms = [];
if (sound.length > 0) console.log('\nUnusual but sound:');
for (const harness of sound) {
  const found = falseAlarms(await run(harness));
  console.log(`${found.length === 0 ? '✓' : '✗'} ${harness.name}`);
  for (const alarm of found) console.log(`    ${alarm}`);
  alarms.push(...found);
}

console.log(
  `\n${chosen.length - survivors.length} of ${chosen.length} mutants caught, ${survivors.length} survived.`,
);
for (const survivor of survivors) console.log(`  ${survivor}`);
if (sound.length > 0) console.log(`${alarms.length} false alarms on ${sound.length} sound adapters.`);
process.exitCode = survivors.length + alarms.length === 0 ? 0 : 1;
