import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { useLiveEvents } from '../live/live-updates.tsx';
import { type Paced, paced } from '../live/paced.ts';

/** An event is on the stream a moment before its deliveries are made; under a flood of them one look in a while is enough. */
const PACE = { soonMs: 600, pauseMs: 2000 };
/** Later looks after the last event: the attempts take their time. */
const LATER_MS = [2000, 6000] as const;
const SOONEST_MS = 1000;
const LATEST_MS = 60_000;

/**
 * Reads deliveries again when an event comes through the tenant's stream, as each may be sent on. While it is paused nothing moves; what came is
 * counted, and read as soon as it goes on. @returns events that came meanwhile
 */
export function useDeliveryTail(isPaused: boolean, read: () => void): number {
  const [missed, setMissed] = useState(0);
  const reading = useRef<Paced>(undefined);
  const later = useRef<readonly ReturnType<typeof setTimeout>[]>([]);
  const look = useEffectEvent(() => (isPaused ? setMissed((count) => Math.max(1, count)) : read()));
  const goOn = useEffectEvent(read);
  useEffect(() => {
    const made = paced(() => look(), PACE);
    reading.current = made;
    return () => {
      made.stop();
      for (const timer of later.current) clearTimeout(timer);
    };
  }, []);
  useLiveEvents(() => {
    if (isPaused) {
      setMissed((count) => count + 1);
      return;
    }
    reading.current?.ask();
    for (const timer of later.current) clearTimeout(timer);
    later.current = LATER_MS.map((ms) => setTimeout(() => reading.current?.ask(), ms));
  });
  // Going on is no question of a single handler: the pointer leaves, a drawer closes, a button is pressed.
  useEffect(() => {
    if (isPaused || missed === 0) return;
    setMissed(0);
    goOn();
  }, [isPaused, missed]);
  return missed;
}

/** When what is pending is worth another look, in milliseconds: at its next attempt. Undefined: nothing moves without an event. */
export function lookAgainAfter(
  deliveries: readonly { readonly state?: string | undefined; readonly nextAttemptAt?: string | null | undefined }[],
  now: number,
): number | undefined {
  const due = deliveries
    .filter(({ state }) => state === 'pending')
    .map(({ nextAttemptAt }) => (nextAttemptAt == null ? 0 : Date.parse(nextAttemptAt) - now + SOONEST_MS));
  return due.length === 0 ? undefined : Math.min(LATEST_MS, Math.max(SOONEST_MS, Math.min(...due)));
}
