/** `bench alert`: one report about each change in the trend. */
import * as z from 'zod';
import { ALERT_EVENTS } from './history.ts';
import { TrendChange } from './trend.ts';

/** The body that a webhook receives. */
export const Alert = z.strictObject({
  schema: z.literal('bench/alert@1'),
  /** `<event> <change>`: an alert keeps its id however often bench sends it. */
  id: z.string(),
  event: z.enum(ALERT_EVENTS),
  change: TrendChange,
  /** Other changes of the same candidate on the same night: where the time went. The largest first. */
  together: z.array(z.strictObject({ metric: z.string(), ratio: z.number() })),
  /** Commands that repeat it. */
  repeat: z.array(z.string()),
});
export type Alert = z.infer<typeof Alert>;

/** A user's issue about one change, before and after our edit. */
export interface Ticket {
  readonly title: string;
  /** Markdown; the marker is its first line. */
  readonly body: string;
  readonly isOpen: boolean;
}
