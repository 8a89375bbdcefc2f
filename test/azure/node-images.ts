/**
 * The two images of the test endpoint's gallery: the node of scenarios/local-deferral.yaml, in its two orders. Stand-ins for
 * cloud-init and the guest agent replace its boot hook. The qemu provider builds the images and keeps them in its cache.
 */
import path from 'node:path';
import type { RunContext } from '../../src/model/provider.ts';
import { type BuiltImage, buildImage } from '../../src/providers/qemu/image-build.ts';
import { planBuild } from '../../src/providers/qemu/image-plan.ts';
import { ImageBuild } from '../../src/providers/qemu/scenario.ts';
import { loadScenario } from '../../src/stages/design/scenario.ts';
import { qemuScenario } from '../support/qemu-scenario.ts';

const GUEST = path.resolve('test/azure/guest');
const SIZE = '1G';

type BuildWorld = Pick<RunContext, 'cacheFolder' | 'environment' | 'timer' | 'progress' | 'signal'>;

/** Images by variant of local-deferral: `before`, `after`. */
export async function nodeImages(world: BuildWorld): Promise<ReadonlyMap<string, BuiltImage>> {
  const folders = { cwd: '.', scenarioFolders: ['scenarios'], environment: {} };
  const { scenario: loaded, file } = await loadScenario('scenarios/local-deferral.yaml', [], folders);
  const scenario = qemuScenario(loaded);
  const scenarioFolder = path.dirname(file);
  const azureNode = ImageBuild.parse({
    from: 'node',
    packages: ['sudo'],
    files: {
      '/opt/azure/guest': path.join(GUEST, 'scripts'),
      '/etc/systemd/system': path.join(GUEST, 'units'),
    },
    scripts: [path.join(GUEST, 'setup.sh')],
    size: SIZE,
  });
  const images = { ...scenario.provider.images, 'azure-node': azureNode };
  const built = new Map<string, BuiltImage>();
  for (const [variant, { image }] of Object.entries(scenario.variants)) {
    const spec = { ...ImageBuild.parse({ from: 'azure-node', size: SIZE }), files: image.build?.files ?? {} };
    const plan = await planBuild(variant, spec, 'disk', images, scenarioFolder);
    built.set(variant, await buildImage(plan, { ...world, scenarioFolder }));
  }
  return built;
}
