/** Inputs of every image build besides the scenario's own: the script (`build-image.sh`), packages, the clamp of all file times. */
import { shellProgram } from '../../model/shell-program.ts';
import program from './build-image.sh';
import walls from './build-walls.sh';

/** Clamp of all file times in an image, UTC 2025-01-01: later than Debian 12's release, earlier than any build. */
export const IMAGE_EPOCH = 1_735_689_600;

/** Our images need these packages to boot, accept a login and report that they are ready. */
export const REQUIRED_PACKAGES = [
  'busybox-static',
  'dbus',
  'iproute2',
  'kmod',
  'openssh-server',
  'systemd-sysv',
  'udev',
] as const;

/** Debian's kernel for virtual machines: a quarter of the modules. A scenario's packages may name another kernel. */
export const DEFAULT_KERNEL = 'linux-image-cloud-amd64';

export const BUILD_SCRIPT = shellProgram(program);

/** Isolates the build script, which it gets as its argument. Not part of an image's key. */
export const BUILD_WALLS = shellProgram(walls);
