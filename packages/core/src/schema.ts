import { CacheError } from './error.ts';

/**
 * What any library of schemas offers: Standard Schema, version 1 (standardschema.dev), the part that is used here.
 * @typeParam O what a valid value becomes
 */
export interface StandardSchema<O = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<O> | Promise<StandardResult<O>>;
    readonly types?: { readonly input: unknown; readonly output: O } | undefined;
  };
}

type StandardResult<O> =
  | { readonly value: O; readonly issues?: undefined }
  | { readonly issues: readonly unknown[] };

/** Checks that it is one. @throws CacheError `INVALID_OPTION` */
export function checkSchema(schema: unknown): void {
  const standard = (schema as Partial<StandardSchema> | null)?.['~standard'];
  if (typeof standard?.validate === 'function') return;
  throw new CacheError(
    'INVALID_OPTION',
    'schema must be a Standard Schema, such as one of zod, valibot or arktype',
  );
}

/**
 * What a schema makes of a value; undefined = it does not accept it.
 * @throws CacheError `INVALID_OPTION` for a schema that validates asynchronously: a hit does not wait for more than one
 * round trip
 */
export function accepted(schema: StandardSchema, value: unknown): unknown {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) {
    result.catch(() => undefined);
    throw new CacheError('INVALID_OPTION', 'schema must validate synchronously');
  }
  return result.issues === undefined ? result.value : undefined;
}
