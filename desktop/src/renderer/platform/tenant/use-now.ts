import { useEffect, useState } from 'react';

/** The time, every second: for what counts down. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  // A clock is no data: nothing else tells that a second has passed.
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
