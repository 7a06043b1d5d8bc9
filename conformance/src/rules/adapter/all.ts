import type { AdapterRule } from '../../rule.ts';
import { batches } from './batches.ts';
import { conditions } from './conditions.ts';
import { connection } from './connection.ts';
import { counters } from './counters.ts';
import { declared } from './declared.ts';
import { disrupted } from './disrupted.ts';
import { expiry } from './expiry.ts';
import { keys } from './keys.ts';
import { linearizable } from './linearizable.ts';
import { loss } from './loss.ts';
import { model } from './model.ts';
import { peer } from './peer.ts';
import { pinned } from './pinned.ts';
import { pubsub } from './pubsub.ts';
import { read } from './read.ts';
import { remove } from './remove.ts';
import { replicas } from './replicas.ts';
import { scan } from './scan.ts';
import { server } from './server.ts';
import { sync } from './sync.ts';
import { time } from './time.ts';
import { touch } from './touch.ts';
import { tracking } from './tracking.ts';
import { lifecycle, order, traits } from './traits.ts';
import { values } from './values.ts';
import { write } from './write.ts';

/** The contract of adapters, subject by subject. */
export const adapterRules: readonly AdapterRule[] = [
  declared,
  read,
  write,
  remove,
  touch,
  values,
  keys,
  batches,
  conditions,
  time,
  pinned,
  expiry,
  counters,
  scan,
  sync,
  server,
  connection,
  pubsub,
  tracking,
  traits,
  order,
  lifecycle,
  disrupted,
  replicas,
  loss,
  peer,
  model,
  linearizable,
].flat();
