import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** The certificate as a PEM file: it is its own authority. */
  readonly file: string;
}

/** A certificate for the loopback, the same for all tests of a process, as a file in each test's own folder. */
export function newCertificate(folder: string): Certificate {
  made ??= make();
  const file = path.join(folder, 'cert.pem');
  writeFileSync(file, made.cert);
  return { ...made, file };
}

let made: Pick<Certificate, 'key' | 'cert'> | undefined;

/** Each process makes a new one: a private key in the repository would look like a leak. */
function make(): Pick<Certificate, 'key' | 'cert'> {
  const folder = mkdtempSync(path.join(tmpdir(), 'certificate-'));
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost';
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', [...kind, '-subj', '/CN=localhost', '-addext', names, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
  const texts = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(folder, { recursive: true });
  return texts;
}
