import { describe, expect, test } from 'vitest';
import { keyOf } from '../src/cached-source.ts';
import { fold, readPlaces } from '../src/places.ts';
import { KINDS } from '../src/questions.ts';
import { randomOf, zipf } from '../src/random.ts';
import { requestsOf } from '../src/requests.ts';

const places = readPlaces();

describe('places', () => {
  test('there are 135,233, the most populous first, each with an id of its own', () => {
    expect(places).toHaveLength(135_233);
    expect(new Set(places.map(({ id }) => id)).size).toBe(places.length);
    expect(places[0]?.name).toBe('Shanghai');
    expect(readPlaces(1_000)).toEqual(places.slice(0, 1_000));
  });

  test('names are folded to what people type', () => {
    expect(fold('São Paulo')).toBe('sao paulo');
    expect(fold('Île-de-Bréhat')).toBe('ile-de-brehat');
  });
});

describe('requests', () => {
  test('the same seed gives the same requests, another seed others', () => {
    const requests = requestsOf(places, 2_000, 7);
    expect(requestsOf(places, 2_000, 7)).toEqual(requests);
    expect(requestsOf(places, 2_000, 8)).not.toEqual(requests);
    expect(requestsOf(places, 100, 7)).toEqual(requests.slice(0, 100));
  });

  test('they are the same on every machine', () => {
    const asked = requestsOf(places, 5, 1).map((question) => `${question.kind} ${keyOf(question)}`);
    expect(asked).toEqual([
      'nearest 31.22,121.47',
      'country US',
      'nearest 55.79,37.81',
      'search gu',
      'search sh',
    ]);
  });

  test('they are mixed as said, and skewed: some questions come often, most once', () => {
    const requests = requestsOf(places, 10_000, 1);
    const shares = KINDS.map((kind) => requests.filter((question) => question.kind === kind).length / 10_000);
    expect(shares[0]).toBeCloseTo(0.6, 1);
    expect(shares[1]).toBeCloseTo(0.3, 1);
    expect(shares[2]).toBeCloseTo(0.1, 1);
    const times = new Map<string, number>();
    for (const question of requests) {
      const key = `${question.kind} ${keyOf(question)}`;
      times.set(key, (times.get(key) ?? 0) + 1);
    }
    const counts = Array.from(times.values()).sort((a, b) => b - a);
    expect(counts[0]).toBeGreaterThan(50);
    expect(counts.filter((times) => times === 1).length).toBeGreaterThan(counts.length / 2);
  });

  test('every one has a key that a cache takes', () => {
    for (const question of requestsOf(places, 10_000, 3)) {
      expect(keyOf(question).length).toBeGreaterThan(0);
      if (question.kind !== 'nearest') continue;
      expect(keyOf(question)).toMatch(/^-?\d+(\.\d{1,2})?,-?\d+(\.\d{1,2})?$/);
      expect(Math.abs(question.latitude)).toBeLessThanOrEqual(90);
    }
  });
});

describe('random', () => {
  test('numbers are spread over 0 to 1', () => {
    const random = randomOf(0);
    const numbers = Array.from({ length: 10_000 }, random);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    expect(numbers.reduce((sum, number) => sum + number, 0) / 10_000).toBeCloseTo(0.5, 1);
  });

  test('zipf: the first comes about twice as often as the second, and the last can come', () => {
    const pick = zipf(['a', 'b', 'c', 'd'], randomOf(5));
    const picks = Array.from({ length: 10_000 }, pick);
    const times = (item: string): number => picks.filter((picked) => picked === item).length;
    expect(times('a') / times('b')).toBeCloseTo(2, 0);
    expect(times('d')).toBeGreaterThan(0);
    expect(() => zipf([], randomOf(1))).toThrow(RangeError);
  });
});
