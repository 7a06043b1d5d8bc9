// What the tests have met: the file of CACHE_SERVERS_LOG, to which every start of a server has added a line.
import { readFileSync } from 'node:fs';

/** Those that CI must have met in containers: a matrix that was quietly cut short proves nothing. */
const REQUIRED = [/^redis 7\./, /^redis 8\./, /^valkey /, /^memcached /];

/**
 * Prints each server that was met, and gives what is wanting of those that are to be in containers.
 * @param {string} file
 * @returns {string[]}
 */
export function serversMet(file) {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // Then no server was started at all.
  }
  const counts = new Map();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const { product, version, source, where } = parsed(line);
    const place = source === 'container' ? where.replace('a container of ', '') : '';
    const key = [`${product} ${version}`, source, place].join('\t');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const met = [...counts].map(([key, starts]) => [...key.split('\t'), starts]).sort();
  console.log('\nservers met:');
  for (const [server, source, place, starts] of met) {
    console.log(
      `  ${server.padEnd(18)} ${source.padEnd(10)} ${String(starts).padStart(5)} started  ${place}`,
    );
  }
  const contained = met.filter(([, source]) => source === 'container').map(([server]) => server);
  return REQUIRED.filter((wanted) => !contained.some((server) => wanted.test(server))).map((wanted) =>
    wanted.source.replace(/[\^\\]/g, ''),
  );
}

/** A line that was torn, by a process that was killed, stands for itself. */
function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    return { product: 'unreadable', version: '', source: line.slice(0, 40), where: '' };
  }
}
