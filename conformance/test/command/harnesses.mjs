// Harnesses for the tests of the command: run by the command as an author's file is.
import { harnessOf, mutants } from '@cache/conformance';

const mutant = (name) => harnessOf(mutants.find((each) => each.name === name));

/** A driver that emits an error which nobody hears: Node ends a process for it. */
const crashing = {
  ...harnessOf(),
  name: 'crashing',
  async open(options) {
    const opened = await harnessOf().open(options);
    const read = (keys, call) => {
      setImmediate(() => {
        throw new Error('nobody hears this');
      });
      return opened.adapter.read(keys, call);
    };
    return { ...opened, adapter: { ...opened.adapter, read } };
  },
};

export default [harnessOf(), mutant('has-true'), crashing];
