import { describe, expect, test } from 'vitest';
import { aptEntries, keptSettings } from '../../../src/providers/qemu/apt-sources.ts';

const SIGNED = '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]';

describe('the entries of a Debian host', () => {
  test('in the newer file format move to the wanted release', () => {
    const text = `Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main contrib

Types: deb
URIs: https://mirror.example/debian-security
Suites: bookworm-security
Components: main
`;
    expect(aptEntries([{ name: 'debian.sources', text }], 'bookworm', 'trixie')).toEqual([
      `deb ${SIGNED} http://mirror.example/debian trixie main`,
      `deb ${SIGNED} http://mirror.example/debian trixie-updates main`,
      `deb ${SIGNED} https://mirror.example/debian-security trixie-security main`,
    ]);
  });

  test('in the older format as well, once each, with or without options', () => {
    const text = `# a comment
deb http://mirror.example/debian bookworm main non-free-firmware # trailing
deb [arch=amd64 trusted=yes] http://mirror.example/debian bookworm main
deb-src http://mirror.example/debian bookworm main
`;
    expect(aptEntries([{ name: 'sources.list', text }], 'bookworm', 'bookworm')).toEqual([
      `deb ${SIGNED} http://mirror.example/debian bookworm main`,
    ]);
  });

  test('of other repositories stay out', () => {
    const text = 'deb https://packages.example/cli nodistro main\ndeb https://packages.example/x bookworm contrib\n';
    expect(aptEntries([{ name: 'other.list', text }], 'bookworm', 'bookworm')).toEqual([]);
  });

  test('that say Enabled: no stay off', () => {
    const text = 'Enabled: no\nTypes: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\n';
    expect(aptEntries([{ name: 'debian.sources', text }], 'bookworm', 'bookworm')).toEqual([]);
  });
});

test('bench keeps only the settings needed to reach a mirror', () => {
  const dump = `APT::Install-Recommends "true";
Acquire::http::Proxy "http://proxy.example:3142";
Acquire::https::Proxy::internal.example "DIRECT";
Acquire::Check-Valid-Until "false";
Acquire::IndexTargets::deb::Packages::MetaKey "x";
DPkg::Post-Invoke:: "touch /tmp/x";
`;
  expect(keptSettings(dump)).toBe(`Acquire::Languages "none";
Acquire::Retries "3";
Acquire::http::Proxy "http://proxy.example:3142";
Acquire::https::Proxy::internal.example "DIRECT";
Acquire::Check-Valid-Until "false";
`);
});
