import { describe, test } from 'node:test';
import { cacheConformance, conformance } from '@cache/conformance';
import harness from './harness.js';

conformance({ describe, test }, harness); // the adapter
cacheConformance({ describe, test }, harness); // createCache over it
