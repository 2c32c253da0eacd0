const LOOK_MS = 10_000;
/** A token is good for five minutes, and who gives them may be away for one. */
const RENEW_MS = 120_000;

/** A token that is renewed long before it ends, so that an identity provider that is away for a minute is not felt. */
export async function steadyToken(fetchToken: () => Promise<string>): Promise<{ token: () => Promise<string> } & Disposable> {
  let token = await fetchToken();
  let since = performance.now();
  let isAsking = false;
  const timer = setInterval(() => {
    if (isAsking || performance.now() - since < RENEW_MS) return;
    isAsking = true;
    fetchToken()
      .then(
        (fresh) => {
          [token, since] = [fresh, performance.now()];
        },
        () => {}, // The next look asks again.
      )
      .finally(() => {
        isAsking = false;
      });
  }, LOOK_MS);
  return { token: async () => token, [Symbol.dispose]: () => clearInterval(timer) };
}
