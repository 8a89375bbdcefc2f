/** Where a run makes its machines, and by what rules. */

import type { RunContext } from '../../../model/provider.ts';
import type { Ms } from '../../../model/units.ts';
import type { PollSchedule } from '../../cloud/poll-schedule.ts';
import type { Arm } from '../arm/connection.ts';
import type { Place } from '../place.ts';
import type { AzureOptions } from '../scenario.ts';
import type { MachineKind } from './kind.ts';

export interface Context {
  readonly arm: Arm;
  readonly options: AzureOptions;
  readonly place: Place;
  readonly machines: MachineKind;
  readonly run: RunContext;
  readonly polls: PollSchedule;
  readonly readyWithinMs: Ms;
}
