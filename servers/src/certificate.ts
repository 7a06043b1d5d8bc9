import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { der, oid, sequence } from './der.ts';

/** A certificate and its private key, in PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;
const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const NAME = sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, 'cache servers'))));

/**
 * A self-signed certificate for localhost, 127.0.0.1 and ::1, its own authority, good for a month.
 *
 * Node makes keys and signatures but no certificates; the forty lines here save a dependency on an `openssl`
 * program that a bare machine lacks, and take 1 ms.
 */
export function selfSigned(): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const now = Date.now();
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([0x01]), randomBytes(15)])),
    ECDSA_SHA256,
    NAME,
    sequence(utcTime(now - DAY_MS), utcTime(now + 30 * DAY_MS)),
    NAME,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(authority(), names())),
  );
  const signature = sign('sha256', body, privateKey);
  const certificate = sequence(body, ECDSA_SHA256, der(0x03, Buffer.from([0]), signature));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

const utcTime = (ms: number): Buffer =>
  der(0x17, `${new Date(ms).toISOString().slice(2, 19).replace(/[-T:]/g, '')}Z`);

/** basicConstraints, critical: it may sign, and does sign itself. */
function authority(): Buffer {
  const yes = der(0x01, Buffer.from([0xff]));
  return sequence(oid('2.5.29.19'), yes, der(0x04, sequence(yes)));
}

/** subjectAltName. */
function names(): Buffer {
  const ip6 = Buffer.alloc(16);
  ip6[15] = 1;
  const all = sequence(der(0x82, 'localhost'), der(0x87, Buffer.from([127, 0, 0, 1])), der(0x87, ip6));
  return sequence(oid('2.5.29.17'), der(0x04, all));
}
