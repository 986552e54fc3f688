// The official @wecom/crypto judges the simulator's callbacks: node callback.js SIMULATOR_URL [KNOWN_ANSWERS]
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const http = require('node:http');
const { decrypt, encrypt, getSignature } = require('@wecom/crypto');

const [simulator, knownAnswers] = process.argv.slice(2);

async function ask(method, path, body) {
  const response = await fetch(simulator + path, { method, body });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

/** Checks signature and receiver of a callback as the library's manual says; gives back the message. */
function open(config, query, encrypted) {
  const signature = getSignature(config.callback_token, query.get('timestamp'), query.get('nonce'), encrypted);
  assert.strictEqual(signature, query.get('msg_signature'));
  const { message, id } = decrypt(config.callback_aes_key, encrypted);
  assert.strictEqual(id, config.corpid);
  return message;
}

function receiver(config, events) {
  return http.createServer((request, response) => {
    const query = new URL(request.url, 'http://receiver').searchParams;
    let body = '';
    request.on('data', (chunk) => { body += chunk; });
    request.on('end', () => {
      try {
        if (request.method === 'GET') {
          response.end(open(config, query, query.get('echostr')));
          return;
        }
        const encrypted = /<Encrypt><!\[CDATA\[(.*?)\]\]><\/Encrypt>/.exec(body)[1];
        events.push(open(config, query, encrypted));
        response.end();
      } catch (error) {
        events.push(`refused: ${error.message}`);
        response.writeHead(403).end();
      }
    });
  });
}

async function opens(parameters, encrypted) {
  const query = new URLSearchParams(parameters);
  return ask('POST', `/sim/callback/open?${query}`, encrypted);
}

async function oursOpensTheirs(config) {
  for (let length = 0; length < 80; length += 1) {
    const message = '信'.repeat(length);
    const encrypted = encrypt(config.callback_aes_key, message, config.corpid);
    const [timestamp, nonce] = ['1700000000', String(length)];
    const signature = getSignature(config.callback_token, timestamp, nonce, encrypted);
    const opened = await opens({ msg_signature: signature, timestamp, nonce }, encrypted);
    assert.deepStrictEqual(opened, { message, receiver: config.corpid });
  }
}

async function knownAnswersMatch() {
  const known = JSON.parse(fs.readFileSync(knownAnswers, 'utf8'));
  const secrets = { token: known.token, aes_key: known.key };
  const parameters = { msg_signature: known.sig, timestamp: known.timestamp, nonce: known.nonce, ...secrets };
  const opened = await opens(parameters, known.enc);
  assert.strictEqual(opened.receiver, known.recv);
  assert.strictEqual(opened.message, decrypt(known.key, known.enc).message);
}

async function main() {
  const { config } = (await ask('GET', '/sim/state')).corps[0];
  const events = [];
  const server = receiver(config, events);
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const url = `http://127.0.0.1:${server.address().port}/callback`;
  // Without this the first notification would come between ours.
  await ask('PUT', '/sim/faults', JSON.stringify({ callback: { notify_interval_ms: 9e15 } }));
  await ask('PUT', '/sim/callback', JSON.stringify({ url }));
  await ask('POST', '/sim/callback/verify');
  await ask('POST', '/sim/callback/event');
  const xml = '<xml><Event>测试&amp;事件</Event></xml>';
  await ask('POST', '/sim/callback/event', xml);
  const ours = events.filter((event) => !event.includes('msgaudit_notify'));
  assert.deepStrictEqual(ours, [xml]);
  assert.ok(events.some((event) => event.includes('<Event><![CDATA[msgaudit_notify]]></Event>')));
  await oursOpensTheirs(config);
  if (knownAnswers) {
    await knownAnswersMatch();
  }
  server.close();
  server.closeAllConnections();
  process.stdout.write(`@wecom/crypto: ${events.length} callbacks opened, 80 of its own opened by us\n`);
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
