import { describe } from 'vitest';
import { mutants } from '../src/index.ts';
import { isOfCaches, testMutants } from './trials.ts';

describe('every mutant that rules of caches alone catch is caught', () => {
  testMutants(mutants.filter(isOfCaches));
});
