/**
 * Makes the NoCloud seed of an image with cloud-init: keys, the scenario's user data unchanged, and the marker unit. Source:
 * cloud-init's documentation of NoCloud, multi-part user data and merging.
 */
import { type GuestFiles, guestUnits } from './guest-files.ts';
import { type IsoFile, iso9660 } from './iso9660.ts';

export interface CloudInitGift extends GuestFiles {
  readonly user: string;
  readonly instance: string;
  readonly userData: string | undefined;
}

/** A disk to attach: cloud-init looks for a file system labelled `cidata`. */
export function seedDisk(gift: CloudInitGift): Buffer {
  return iso9660('cidata', seedFiles(gift));
}

export function seedFiles(gift: CloudInitGift): readonly IsoFile[] {
  const file = (name: string, text: string): IsoFile => ({ name, content: Buffer.from(text, 'utf8') });
  const metaData = { 'instance-id': gift.instance, 'local-hostname': 'bench', 'public-keys': [gift.authorizedKey] };
  return [file('meta-data', JSON.stringify(metaData)), file('user-data', userData(gift))];
}

/** JSON is valid YAML, so we need no YAML writer. cloud-init appends our lists to those of the scenario's part. */
function userData(gift: CloudInitGift): string {
  const own = `#cloud-config\n${JSON.stringify({ merge_how: MERGE, ...ownConfig(gift) }, null, 1)}\n`;
  const parts = gift.userData === undefined ? [own] : [gift.userData, own];
  const boundary = '==bench-user-data==';
  const body = parts.map((part) => {
    const type = contentType(part);
    const encoded = Buffer.from(part, 'utf8')
      .toString('base64')
      .replace(/(.{76})/g, '$1\n');
    return `--${boundary}\nContent-Type: ${type}; charset="utf-8"\nMIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n${encoded}\n`;
  });
  return `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n\n${body.join('')}--${boundary}--\n`;
}

const MERGE = 'list(append)+dict(no_replace,recurse_list)+str()';

/** Detects a part's type by its first line, as cloud-init does; cloud-init handles unknown types itself. */
function contentType(part: string): string {
  if (part.startsWith('#cloud-config')) return 'text/cloud-config';
  if (part.startsWith('#!')) return 'text/x-shellscript';
  if (part.startsWith('#cloud-boothook')) return 'text/cloud-boothook';
  if (part.startsWith('#include')) return 'text/x-include-url';
  return 'text/plain';
}

/** `bootcmd` runs before the default target, early in every boot. It writes under /run, so the image never contains our files. */
function ownConfig(gift: CloudInitGift): Readonly<Record<string, unknown>> {
  const { starter, files } = guestUnits(gift);
  const write = files.map(({ name, content }) => {
    const bytes = Buffer.from(content, 'utf8').toString('base64');
    return `mkdir -p /run/systemd/system && echo ${bytes} | base64 -d >/run/systemd/system/${name}`;
  });
  const account =
    gift.user === 'root'
      ? { disable_root: false }
      : {
          users: [
            'default',
            {
              name: gift.user,
              shell: '/bin/sh',
              sudo: 'ALL=(ALL) NOPASSWD:ALL',
              ssh_authorized_keys: [gift.authorizedKey],
            },
          ],
        };
  return {
    ...account,
    ssh_authorized_keys: [gift.authorizedKey],
    // With these keys, cloud-init makes no others.
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: gift.hostKey.privateKey, ed25519_public: `${gift.hostKey.publicKey}\n` },
    bootcmd: [...write, `systemctl start --no-block ${starter}`],
  };
}
