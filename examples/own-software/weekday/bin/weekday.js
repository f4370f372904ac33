#!/usr/bin/env node
import { createServer } from 'node:http';
import { weekday } from 'calendar';

const port = Number(process.env.PORT ?? 8080);

createServer((request, response) => {
  const now = new Date();
  response.setHeader('Content-Type', 'application/json');
  response.end(`${JSON.stringify({ weekday: weekday(now), time: now.toISOString(), node: process.version })}\n`);
}).listen(port, '127.0.0.1');
