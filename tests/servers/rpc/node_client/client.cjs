// A gRPC client as people write it in Node.js: no generated code, the .proto files at run time.
//
//   node client.cjs ADDRESS PROTO_FOLDER list | read NAME COUNT | steer NAME | publish NAME COUNT | talk ROOM TEXT
//
// Prints one JSON line for each thing that happens.
'use strict';

const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [address, folder, command, name, count] = process.argv.slice(2);
const definition = loader.loadSync(['streams', 'media', 'rooms'].map((file) => `framecast/v1/${file}.proto`), {
  includeDirs: [folder],
  keepCase: true,
  longs: String,
  enums: String,
  defaults: true,
  oneofs: true,
});
const { Streams, Media, Rooms } = grpc.loadPackageDefinition(definition).framecast.v1;
const options = { 'grpc.max_receive_message_length': -1 };
const credentials = grpc.credentials.createInsecure();
const streams = new Streams(address, credentials, options);
const media = new Media(address, credentials, options);
const rooms = new Rooms(address, credentials, options);
const deadline = () => ({ deadline: Date.now() + 60_000 });

const say = (what) => console.log(JSON.stringify(what));
const fail = (error) => {
  if (error.code === grpc.status.CANCELLED) return;
  say({ error: grpc.status[error.code], details: error.details });
  process.exitCode = 1;
};

function show(response) {
  if (response.track) say({ track: response.track.name, codec: response.track.codec });
  for (const { track, seq, flags, payload } of response.records) {
    say({ record: track, seq: Number(seq), flags, size: payload.length });
  }
  return response.records.length;
}

const commands = {
  list() {
    streams.ListStreams({}, deadline(), (error, answer) => {
      if (error) return fail(error);
      return answer.streams.forEach((stream) => say({ name: stream.name, state: stream.state }));
    });
  },

  read() {
    const call = media.Read({ stream: name, tracks: ['video'] }, deadline());
    let left = Number(count);
    call.on('error', fail);
    call.on('data', (response) => {
      left -= show(response);
      if (left <= 0) call.cancel();
    });
  },

  steer() {
    const call = media.Watch(deadline());
    call.on('error', fail);
    const then = [
      () => call.write({ id: 2, pause: {} }),
      () => call.write({ id: 3, read: { stream: name, tracks: ['frames/gray'], max_fps: 5 } }),
    ];
    call.on('data', (response) => {
      if (response.applied) {
        say({ applied: Number(response.applied.id) });
        if (response.applied.id === '2') then.shift()();
      }
      if (show(response) && then.length === 2) then.shift()();
      else if (response.records.some((record) => record.track === 'frames/gray')) call.cancel();
    });
    call.write({ id: 1, read: { stream: name, tracks: ['video'] } });
  },

  // Says something twice with one id, prints what is said, and leaves when somebody says "bye".
  talk() {
    const call = rooms.Join(deadline());
    const heard = (events) => {
      for (const { seq, message } of events) {
        if (message) say({ seq: Number(seq), name: message.author.name, text: message.text });
        if (message && message.text === 'bye') call.cancel();
      }
    };
    call.on('error', fail);
    call.on('data', (response) => {
      if (response.welcome) {
        say({ welcome: response.welcome.you.name });
        heard(response.welcome.events);
        for (const ref of ['1', '2']) call.write({ ref, send: { id: 'mine', text: count } });
      }
      if (response.events) heard(response.events.events);
      if (response.done) say({ done: response.ref, is_repeat: response.done.is_repeat });
      if (response.error) say({ error: response.error.error, details: response.error.message });
    });
    call.write({ hello: { room: name, guest: { name: 'node', secret: 'a secret of this client' } } });
  },

  publish() {
    const call = media.Publish(deadline());
    let sent = 0;
    call.on('error', fail);
    call.on('end', () => say({ over: true }));
    call.on('data', (response) => {
      if (response.accepted) {
        say({ accepted: true });
        call.write({ track: { name: 'data' } });
        call.write({ ready: {} });
      }
      if (response.demand && response.demand.tracks.includes('data') && !sent) {
        for (; sent < Number(count); sent += 1) call.write({ record: { track: 'data', payload: json({ number: sent }) } });
        call.write({ finish: {} });
        call.end();
      }
    });
    call.write({ open: { stream: name, label: 'node' } });
  },
};

// A data record: length of the header, the header, zeros up to a multiple of 64, the body.
function json(value) {
  const header = Buffer.from('{"type":"json"}');
  const head = Buffer.alloc(Math.ceil((4 + header.length) / 64) * 64);
  head.writeUInt32LE(header.length, 0);
  header.copy(head, 4);
  return Buffer.concat([head, Buffer.from(JSON.stringify(value))]);
}

commands[command]();
