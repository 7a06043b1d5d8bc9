// Names what failed in the reports of CI's steps, shortly.
import { readFileSync } from 'node:fs';

const SHOWN = 20;

/** @returns {string[]} a line for each failed test, rule and step */
export function failures() {
  const lines = [
    ...['vitest', 'slow', 'packages'].flatMap((name) => (read(name)?.testResults ?? []).flatMap(ofFile)),
    ...(read('conformance')?.reports ?? []).flatMap(ofRow),
    ...['check', 'full'].flatMap((name) => (read(name)?.failures ?? []).map((step) => `failed: ${step}`)),
  ];
  const more = lines.length - SHOWN;
  return more > 0 ? [...lines.slice(0, SHOWN), `and ${more} more failures`] : lines;
}

function read(name) {
  try {
    return JSON.parse(readFileSync(`reports/${name}.json`, 'utf8'));
  } catch {
    // The totals have counted it as a failure.
    return undefined;
  }
}

function ofFile({ name, status, message, assertionResults }) {
  const failed = assertionResults.filter((result) => result.status === 'failed');
  if (status === 'failed' && failed.length === 0) return [`failed: ${name}: ${first(message)}`];
  return failed.map((result) => `failed: ${name}: ${result.fullName}: ${first(result.failureMessages[0])}`);
}

function ofRow({ adapter, about, results }) {
  return results
    .filter(({ status }) => status === 'failed')
    .map(({ id, error }) => `failed: ${adapter}, ${about}: ${id}: ${first(error)}`);
}

function first(text = '') {
  return text.split('\n')[0]?.slice(0, 300);
}
