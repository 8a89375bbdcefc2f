/** `bench profile`: which parts of a boot decide when it is over, by delaying each; from existing files if the user names a run. */
import path from 'node:path';
import type { Profile } from '../../model/profile.ts';
import { type ProfileRequest, profile, profileAgain } from '../../stages/profile.ts';
import { EXIT } from '../exit.ts';
import { progress } from '../progress/progress.ts';
import { json } from '../text.ts';
import { type CliWorld, screenOf } from '../world.ts';

interface ProfileOptions extends ProfileRequest {
  readonly json?: boolean;
}

export async function command(world: CliWorld, run: string | undefined, options: ProfileOptions): Promise<number> {
  const shown = run === undefined ? await booted(options, world) : await profileAgain(run, world);
  if (options.json) world.stdout.write(json<Profile>(shown.profile));
  else {
    world.stdout.write(shown.text(screenOf(world)));
    world.stdout.write(`\nreport   ${path.relative(world.cwd, shown.file.profilePage)}\n`);
  }
  return EXIT.fine;
}

async function booted(options: ProfileOptions, world: CliWorld) {
  const display = progress(world);
  return profile(options, world, display).finally(display.end);
}
