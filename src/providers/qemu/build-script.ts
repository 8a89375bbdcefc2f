/** What goes into every image build beside the scenario's own: the script (`build-image.sh`), packages, the clamp of all times. */
import { shellProgram } from '../../model/shell-program.ts';
import program from './build-image.sh';
import walls from './build-walls.sh';

/** Clamp of all file times in an image, UTC 2025-01-01: later than Debian 12's release, earlier than any build. */
export const IMAGE_EPOCH = 1_735_689_600;

/** Without these no image of ours can boot, be reached, or say that it is ready. */
export const REQUIRED_PACKAGES = [
  'busybox-static',
  'dbus',
  'iproute2',
  'kmod',
  'openssh-server',
  'systemd-sysv',
  'udev',
] as const;

/** Debian's kernel for virtual machines: a quarter of the modules. Another is taken where the packages name one. */
export const DEFAULT_KERNEL = 'linux-image-cloud-amd64';

export const BUILD_SCRIPT = shellProgram(program);

/** What it is run behind: a script that takes it as its argument. No part of an image's identity. */
export const BUILD_WALLS = shellProgram(walls);
