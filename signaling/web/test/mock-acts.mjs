// What the actions of the protocol do in the mock's room.

/** The room as it stands, as `joined`, `admitted` and `moved` tell it. */
export function entryOf(world) {
  return {
    room: world.room,
    self: 1,
    role: world.roster[0].role,
    roster: world.roster,
    door: world.doorList,
  };
}

const placeOf = (to) => to.meeting ?? to.breakout ?? 0;

/** Does what a host asked to be moved, and remembers how it was. */
function move(world, tell, m) {
  const before = { roster: world.roster, breakouts: structuredClone(world.room.breakouts) };
  const here = !m.from;
  const results = [];
  for (const participant of m.participants) {
    const refused = world.refuseMove?.[participant];
    if (refused) {
      results.push({ participant, code: refused });
      continue;
    }
    results.push({ participant, as: 20 + participant });
    const room = world.room.breakouts?.find((b) => b.breakout === (here ? undefined : m.from.breakout));
    const person = here
      ? world.roster.find((p) => p.participant === participant)
      : room?.participants.find((p) => p.participant === participant);
    if (here) {
      world.roster = world.roster.filter((p) => p !== person);
      tell({ type: 'participant-left', participant, reason: 'moved' });
    } else if (room) room.participants = room.participants.filter((p) => p !== person);
    const to = world.room.breakouts?.find((b) => b.breakout === placeOf(m.to));
    to?.participants.push({ participant: 20 + participant, name: person.name, kind: person.kind });
  }
  tell({ type: 'room-changed', room: world.room });
  world.before = before;
  return { results, undo: 'm_mock' };
}

function undo(world, tell) {
  Object.assign(world, { roster: world.before.roster });
  world.room.breakouts = world.before.breakouts;
  tell({ type: 'moved', by: 1, ...entryOf(world) });
}

function record(world, tell, on) {
  const host = world.roster[0];
  const by = { by: host.participant, name: host.name };
  if (!on) {
    delete world.room.recording;
    return tell({ type: 'recording', state: 'off', ...by });
  }
  world.room.recording = { state: 'announcing', ...by, heard: 3, of: 5 };
  tell({ type: 'recording', ...world.room.recording });
  tell({ type: 'notice', notice: 1, about: 'recording' });
}

function heard(world, tell) {
  world.heard = (world.heard ?? 0) + 1;
  if (world.room.recording?.state !== 'announcing' || world.slow) return;
  const { by, name } = world.room.recording;
  world.room.recording = { state: 'on', by, name, since: Date.now() };
  tell({ type: 'recording', ...world.room.recording });
}

/** Answers one `act`, and tells what follows from it. */
export function act(world, tell, send, m) {
  const change = (number, fields) => {
    const participant = world.roster.find((p) => p.participant === number);
    Object.assign(participant, fields);
    tell({ type: 'participant-changed', participant });
  };
  const who = m.participant ?? 1;
  const lock = (locked) => {
    world.room.locked = locked;
    tell({ type: 'room-changed', room: world.room });
  };
  const atDoor = () =>
    tell({ type: 'knock-gone', participant: m.participant ?? world.doorList[0]?.participant });
  const doing = {
    mute: () => change(who, { muted: true, mutedByHost: m.participant !== undefined }),
    unmute: () => change(who, { muted: false, mutedByHost: false }),
    'raise-hand': () => change(who, { hand: true, handAt: Date.now() }),
    'lower-hand': () => change(who, { hand: false }),
    unguard: () => change(who, { guarded: false, muted: false }),
    lock: () => lock(true),
    unlock: () => lock(false),
    admit: atDoor,
    refuse: atDoor,
    remove: () => tell({ type: 'participant-left', participant: who, reason: 'removed' }),
    end: () => tell({ type: 'ended', by: 1 }),
    'undo-move': () => undo(world, tell),
    breakouts: () => {
      world.room.breakouts ??= [];
      const rooms = world.room.breakouts;
      for (let n = rooms.length + 1; n <= m.value; n++) rooms.push({ breakout: n, participants: [] });
      tell({ type: 'room-changed', room: world.room });
    },
    'close-breakouts': () => {
      delete world.room.breakouts;
      tell({ type: 'room-changed', room: world.room });
    },
    record: () => record(world, tell, m.value),
    heard: () => heard(world, tell),
    object: () => {
      world.room.recording.objections = 1;
      tell({ type: 'recording', ...world.room.recording });
      tell({ type: 'objection', participant: 1 });
    },
  };
  if (m.action === 'hand-over') {
    const until = Date.now() + 300_000;
    return send({ type: 'phone-code', re: m.id, number: world.room.number, code: '805162', until });
  }
  if (world.refuseAct?.[m.action])
    return send({ type: 'error', re: m.id, code: world.refuseAct[m.action], message: 'No.' });
  const result = m.action === 'move' ? move(world, tell, m) : {};
  doing[m.action]?.();
  send({ type: 'done', re: m.id, ...result });
}
