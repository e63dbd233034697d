// What the routes about the quality of calls answer in the mock.

/** The answer of a route, or nothing. */
export function qualityApi(world, method, path) {
  const { quality } = world;
  switch (`${method} ${path}`) {
    case 'GET /quality/now':
      return [200, { ...quality.now, at: Date.now() }];
    case 'GET /quality/health':
      return [200, quality.health];
    case 'GET /quality/trunks':
      return [200, quality.trunks];
    case 'GET /quality/joins':
      return [200, quality.joins];
    case 'GET /quality/ratings':
      return [200, quality.ratings];
    case 'GET /me/legs':
      return [200, { legs: quality.mine }];
    default:
      return undefined;
  }
}

/** Who watches is told at once. */
export function watch(world, send, m) {
  send({ type: 'done', re: m.id });
  if (m.now) send({ type: 'now', now: { ...world.quality.now, at: Date.now() } });
}
