#!/usr/bin/env node
import { command } from './command.ts';

const code = await command(process.argv.slice(2), process);
// What a harness left open, such as a server for all of its rules, must not hang CI. What was written is flushed first.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
