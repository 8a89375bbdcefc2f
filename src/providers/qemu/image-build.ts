/**
 * Builds Debian images: a release with packages, or a named image of the scenario, plus files and scripts. The cache keeps the
 * result under the hash of its inputs; `packages.tsv` beside it lists the versions that the archive gave at build time.
 */
import { chmod, lstat, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { beneath } from '../../files/beneath.ts';
import { kindOf, readRegular } from '../../files/regular.ts';
import { worldError } from '../../model/errors.ts';
import type { RunContext } from '../../model/provider.ts';
import { ms } from '../../model/units.ts';
import { aptSetup } from './apt-sources.ts';
import { BUILD_SCRIPT, BUILD_WALLS, IMAGE_EPOCH } from './build-script.ts';
import { run } from './command.ts';
import { cached, cachedFolder, type ImageCache, isCached } from './image-cache.ts';
import { type PlannedBuild, packagesOf, sizeOf } from './image-plan.ts';
import { imageInitrd, ROOT_MODULES } from './initrd.ts';
import { loadOrder } from './kernel-modules.ts';

export interface BuiltImage {
  readonly key: string;
  readonly disk: string;
  readonly sizeBytes: number;
  readonly kernel: string;
  readonly initrd: string;
  readonly kernelVersion: string;
  /**
   * Time of the build, seconds since 1970, UTC. The guest's clock must start later: certificates made in the image are not valid
   * before.
   */
  readonly builtAtS: number;
}

export type BuildWorld = Pick<
  RunContext,
  'cacheFolder' | 'scenarioFolder' | 'environment' | 'timer' | 'progress' | 'signal'
>;

const BUILD_TIMEOUT_MS = 45 * 60_000;
/** Builds an image, after its base image; returns at once if the cache has it. */
export async function buildImage(plan: PlannedBuild, world: BuildWorld): Promise<BuiltImage> {
  const cache = cacheOf(world);
  await buildInCache(plan, cache, world);
  return readBuilt(plan, cachedFolder(cache, plan.key));
}

/** Builds that the cache lacks for this image; the image itself comes last. */
export async function missingBuilds(plan: PlannedBuild, world: BuildWorld): Promise<readonly PlannedBuild[]> {
  if (await isCached(cacheOf(world), plan.key)) return [];
  return [...(plan.base ? await missingBuilds(plan.base, world) : []), plan];
}

const cacheOf = (world: BuildWorld): ImageCache => ({
  folder: path.join(world.cacheFolder, 'images'),
  timer: world.timer,
});

async function buildInCache(plan: PlannedBuild, cache: ImageCache, world: BuildWorld): Promise<string> {
  if (plan.base && !(await isCached(cache, plan.key))) await buildInCache(plan.base, cache, world);
  const base = plan.base && path.join(cachedFolder(cache, plan.base.key), 'tree.tar');
  return cached(cache, plan.key, (folder) => buildIn(folder, plan, base, world), world.signal);
}

async function buildIn(folder: string, plan: PlannedBuild, base: string | undefined, world: BuildWorld): Promise<void> {
  const began = world.timer.nowMs();
  const say = (step: string) =>
    world.progress(`image ${plan.name}: ${step} (${Math.round((world.timer.nowMs() - began) / 1000)} s)`);
  await stageInputs(folder, plan, world.signal);
  const variables = {
    DEBIAN: plan.spec.debian ?? '',
    BASE: base ?? '',
    PACKAGES: packagesOf(plan.spec).join(','),
    SIZE: String(sizeOf(plan.spec)),
    RESULT: plan.result,
    EPOCH: String(IMAGE_EPOCH),
    MODULES: ROOT_MODULES.join(' '),
  };
  const result = await run(
    [...isolated(), 'sh', '-c', BUILD_WALLS, 'sh', BUILD_SCRIPT],
    {
      folder,
      environment: { ...world.environment, ...variables },
      timeoutMs: ms(BUILD_TIMEOUT_MS),
      onLine: (line) => {
        if (line.startsWith('bench-step: ')) say(line.slice('bench-step: '.length));
      },
    },
    world.signal,
  );
  if (result.exitCode !== 0) throw buildError(plan, result.exitCode, result.output);
  await arrangeOutputs(folder, plan);
  say('built');
}

/** Gives the command its own mounts and processes, which end with it, and root's rights inside, whichever user runs it. */
export function isolated(): readonly string[] {
  const users = userInfo().uid === 0 ? [] : ['--user', '--map-root-user', '--map-auto'];
  return ['unshare', ...users, '--mount', '--pid', '--mount-proc', '--fork', '--kill-child', '--'];
}

async function stageInputs(folder: string, plan: PlannedBuild, signal: AbortSignal): Promise<void> {
  for (const name of ['in/scripts', 'files', 'out', 'tree']) await mkdir(path.join(folder, name), { recursive: true });
  const apt = await aptSetup(releaseOf(plan), signal);
  await writeFile(path.join(folder, 'in/sources.list'), apt.sources);
  await writeFile(path.join(folder, 'in/apt.conf'), apt.configuration);
  for (const [index, { name, content }] of plan.scripts.entries())
    await writeFile(path.join(folder, 'in/scripts', `${String(index).padStart(2, '0')}-${name}`), content);
  for (const { target, mode, content } of plan.files) {
    const file = path.join(folder, 'files', target);
    await mkdir(path.dirname(file), { recursive: true, mode: 0o755 });
    await writeFile(file, content);
    await chmod(file, mode);
  }
  if (plan.files.length === 0) return;
  const tar = [
    'tar',
    '-cf',
    'in/files.tar',
    '-C',
    'files',
    '--sort=name',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '.',
  ];
  const packed = await run([...tar, `--mtime=@${IMAGE_EPOCH}`], { folder }, signal);
  if (packed.exitCode !== 0) throw worldError(`image ${plan.name}: could not pack its files: ${packed.output.trim()}`);
}

/** The image's script must not leave links to files of this computer. */
const UNTRUSTED = { links: 'refuse' } as const;

async function refuseUnlessFile(file: string): Promise<void> {
  const facts = await lstat(file);
  if (!facts.isFile() || facts.nlink > 1)
    throw worldError(`The build left ${kindOf(facts)} at ${file}.`, 'Check the scripts of the image.');
}

/** Turns what the script left into what the cache keeps: the kernel's modules become the initrd. */
async function arrangeOutputs(folder: string, plan: PlannedBuild): Promise<void> {
  const at = (name: string) => path.join(folder, name);
  const kept = plan.result === 'tree' ? ['tree.tar'] : ['disk.raw', 'vmlinuz', 'kernel'];
  if (plan.result === 'disk') {
    const order = loadOrder((await readRegular(at('out/modules.dep'), UNTRUSTED)).toString('utf8'), ROOT_MODULES);
    // Some releases compress their modules; the script has unpacked them.
    const plain = order.map((file) => file.replace(/\.xz$/, ''));
    const modules = plain.map(async (file) => ({
      file,
      content: await readRegular(await beneath(at('out/modules'), file), UNTRUSTED),
    }));
    await writeFile(
      at('initrd'),
      imageInitrd(await readRegular(at('out/busybox'), UNTRUSTED), await Promise.all(modules)),
    );
  }
  for (const name of [...kept, 'packages.tsv']) {
    await refuseUnlessFile(at(`out/${name}`));
    await rename(at(`out/${name}`), at(name));
  }
  for (const name of ['in', 'files', 'out', 'tree']) await rm(at(name), { recursive: true, force: true });
  await chmod(folder, 0o755);
}

async function readBuilt(plan: PlannedBuild, folder: string): Promise<BuiltImage> {
  const disk = path.join(folder, 'disk.raw');
  const { size } = await stat(disk);
  const { mtimeMs } = await stat(path.join(folder, 'packages.tsv'));
  return {
    key: plan.key,
    disk,
    sizeBytes: size,
    kernel: path.join(folder, 'vmlinuz'),
    initrd: path.join(folder, 'initrd'),
    kernelVersion: (await readRegular(path.join(folder, 'kernel'), UNTRUSTED)).toString('utf8').trim(),
    builtAtS: Math.ceil(mtimeMs / 1000),
  };
}

const releaseOf = (plan: PlannedBuild): string => plan.spec.debian ?? (plan.base ? releaseOf(plan.base) : 'bookworm');

function buildError(plan: PlannedBuild, exitCode: number | null, output: string) {
  const lines = output
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('bench-step: '));
  const tail = lines.slice(-15).join('\n');
  const what =
    exitCode === null ? `did not end within ${BUILD_TIMEOUT_MS / 60_000} minutes` : `failed (exit ${exitCode})`;
  return worldError(`Building image ${plan.name} ${what}. Its last lines:\n${tail}`, hintFor(output));
}

function hintFor(output: string): string {
  if (/No space left on device|Could not allocate (block|inode)/i.test(output))
    return 'Free some memory and disk space, or raise `size` of the image.';
  if (/there are no user name spaces/.test(output))
    return 'Allow them (sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns), or build elsewhere: on a dedicated runner or in a virtual machine.';
  if (/Operation not permitted|newuidmap|uid_map/i.test(output))
    return 'Building needs root, or user namespaces with ranges in /etc/subuid and /etc/subgid (package uidmap). Run `bench doctor` for details.';
  if (/Unable to locate package/.test(output)) return 'Check the names under `packages` for this Debian release.';
  if (/Could not resolve|Failed to fetch|Connection/i.test(output))
    return 'Check that this machine reaches its Debian mirror: `apt-get update`.';
  return 'The lines above come from mmdebstrap or from a script of the image.';
}
