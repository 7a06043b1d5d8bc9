import { HELP, parseArguments } from './arguments.ts';
import { demo } from './demo.ts';
import { Screen } from './screen.ts';
import { UsageError } from './usage-error.ts';

// 0 = all went as it should, 1 = it did not, 2 = what was asked for is impossible.
try {
  const options = parseArguments(process.argv.slice(2));
  // Somebody who pipes into `head` has seen enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  if (options.help) process.stdout.write(HELP);
  else if (!(await demo(options, new Screen(process.stdout, process.env)))) process.exitCode = 1;
} catch (error) {
  if (error instanceof UsageError) console.error(`demo: ${error.message}`);
  else console.error(error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
