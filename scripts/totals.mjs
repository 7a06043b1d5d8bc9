// Adds up what the steps of .ci/run have counted. A report that is missing counts as a failure.
import { readFileSync } from 'node:fs';
import { failures } from './failures.mjs';
import { serversMet } from './servers-met.mjs';

const total = { passed: 0, failed: 0, skipped: 0 };

/** @param {string} name @param {(report: any) => { passed: number, failed: number, skipped: number }} count */
function add(name, count) {
  try {
    const { passed, failed, skipped } = count(JSON.parse(readFileSync(`reports/${name}.json`, 'utf8')));
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  } catch (error) {
    console.error(`reports/${name}.json: ${error.message}`);
    total.failed += 1;
  }
}

const counted = (report) => report;
const tests = (report) => ({
  passed: report.numPassedTests,
  failed: report.numFailedTests + report.testResults.filter(failedOutsideOfTests).length,
  skipped: report.numPendingTests + report.numTodoTests,
});
add('check', counted);
add('vitest', tests);
add('slow', tests);
add('packages', tests);
add('full', counted);

const wanting = serversMet('reports/servers.log');
add('containers', ({ ran, error }) => {
  if (!ran) console.error(`failed: no server could be started in a container: ${error}`);
  for (const server of wanting) console.error(`failed: no container of ${server}`);
  return { passed: ran ? 1 : 0, failed: wanting.length + (ran ? 0 : 1), skipped: 0 };
});

// The last lines of a long log are those that are read.
for (const failure of failures()) console.error(failure);

console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
// What is no number is no pass.
if (total.failed !== 0) process.exitCode = 1;

/** A file that could not be loaded, or whose hooks failed, has no failed test to show for it. */
function failedOutsideOfTests(file) {
  return file.status === 'failed' && file.assertionResults.every((result) => result.status !== 'failed');
}
