import { ok, type Tracked, type Tracker, type Tracking } from '@cache/core';
import { turns } from '../kit/check.ts';
import { around, withParts } from '../kit/wrap.ts';
import { adapterMutant, type Mutant, type Sound } from './mutant.ts';

/** Defects of the facet tracking. */
export const trackingMutants: readonly Mutant[] = [
  broken('tracked-once', 'A key is told of once.', ['tracking/changes'], (sound) =>
    hearing(sound, (tracker) => {
      const told = new Set<string>();
      return {
        changed(keys) {
          const fresh = keys?.filter((key) => !told.has(key));
          for (const key of fresh ?? []) told.add(key);
          tracker.changed(fresh);
        },
      };
    }),
  ),
  broken(
    'tracked-everything',
    'Every key is told of, whatever its prefix.',
    ['tracking/prefixes'],
    (sound) => {
      return (_prefix, tracker) => sound.tracking.track('', tracker);
    },
  ),
  broken('tracked-letters', 'A prefix is its letters and digits.', ['tracking/prefixes'], ({ tracking }) => {
    return (prefix, tracker) => tracking.track(prefix.replace(/[^\w:-]/g, ''), tracker);
  }),
  ofCalls('tracked-lives', 'The end of a life is not told.', ['tracking/expiry'], (name) => name !== 'read'),
  ofCalls(
    'tracked-own',
    'Only what this adapter changes is told.',
    ['tracking/peer'],
    (name) => name !== undefined,
  ),
  broken('confirmed-early', 'It is confirmed before it was told.', ['tracking/confirm'], (sound) =>
    hearing(sound, (tracker) => ({
      changed: (keys) => void turns(3).then(() => tracker.changed(keys)),
    })),
  ),
  broken(
    'tracking-loss-untold',
    'Nobody is told that a connection was lost and came back.',
    ['tracking/cut', 'tracking/down'],
    (sound) =>
      hearing(sound, (tracker) => {
        let told = false;
        return {
          lost: () => undefined,
          hearing: () => {
            if (!told) tracker.hearing();
            told = true;
          },
        };
      }),
  ),
  broken(
    'tracking-ends',
    'After a connection was lost nothing is told any more.',
    ['tracking/cut'],
    (sound) =>
      hearing(sound, (tracker) => {
        let deaf = false;
        return {
          lost: () => {
            deaf = true;
            tracker.lost();
          },
          changed: (keys) => deaf || tracker.changed(keys),
        };
      }),
  ),
  confirming(
    'confirm-always',
    'It is confirmed whatever the server does.',
    ['tracking/down', 'tracking/frozen'],
    () => async () => ok(undefined),
  ),
  confirming(
    'confirm-hangs',
    'A frozen server is waited for, deadline or not.',
    ['tracking/frozen'],
    (tracked, { network }) =>
      (call) =>
        network.state === 'frozen' ? new Promise(() => {}) : tracked.confirm(call),
  ),
  confirming('confirm-anyway', 'Deadline and signal are not looked at.', ['tracking/refuses'], (tracked) => {
    return () => tracked.confirm({ deadline: Number.POSITIVE_INFINITY });
  }),
  broken('tracks-on', 'What is tracked is told on after close.', ['tracking/leaves'], ({ tracking }) => {
    return (prefix, tracker) => {
      const { confirm } = tracking.track(prefix, tracker);
      return { confirm, close: async () => undefined };
    };
  }),
  broken('tracking-stops', 'Whoever throws ends what is told to others.', ['tracking/throws'], (sound) => {
    let thrown = false;
    return hearing(sound, (tracker) => ({
      changed(keys) {
        if (thrown) return;
        try {
          tracker.changed(keys);
        } catch {
          thrown = true;
        }
      },
    }));
  }),
];

interface Sounding extends Sound {
  readonly tracking: Tracking;
}

function broken(
  name: string,
  does: string,
  caughtBy: readonly string[],
  change: (sound: Sounding) => Tracking['track'],
): Mutant {
  return adapterMutant(name, does, caughtBy, (sound) => {
    const tracking = sound.adapter.tracking as Tracking;
    return withParts(sound.adapter, { tracking: { track: change({ ...sound, tracking }) } });
  });
}

/** With another `confirm`. */
function confirming(
  name: string,
  does: string,
  caughtBy: readonly string[],
  change: (tracked: Tracked, sound: Sound) => Tracked['confirm'],
): Mutant {
  return broken(name, does, caughtBy, (sound) => (prefix, tracker) => {
    const tracked = sound.tracking.track(prefix, tracker);
    return { confirm: change(tracked, sound), close: () => tracked.close() };
  });
}

/** What is told while a call of this adapter takes effect; undefined = while none does. */
function ofCalls(
  name: string,
  does: string,
  caughtBy: readonly string[],
  tells: (call: string | undefined) => boolean,
): Mutant {
  return adapterMutant(name, does, caughtBy, (sound) => {
    let under: string | undefined;
    const tracking = sound.adapter.tracking as Tracking;
    const adapter = around(sound.adapter, (call, _items, go) => {
      under = call;
      const answer = go();
      under = undefined;
      return answer;
    });
    const track = hearing({ ...sound, tracking }, (tracker) => ({
      changed: (keys) => tells(under) && tracker.changed(keys),
    }));
    return withParts(adapter, { tracking: { track } });
  });
}

/** `track` with other ears. */
function hearing(
  { tracking }: Sounding,
  change: (tracker: Tracker) => { [M in keyof Tracker]?: (...args: Parameters<Tracker[M]>) => unknown },
): Tracking['track'] {
  return (prefix, tracker) => {
    const changed = change(tracker);
    return tracking.track(prefix, {
      hearing: () => void (changed.hearing ?? (() => tracker.hearing()))(),
      lost: () => void (changed.lost ?? (() => tracker.lost()))(),
      changed: (keys) => void (changed.changed ?? ((same: typeof keys) => tracker.changed(same)))(keys),
    });
  };
}
