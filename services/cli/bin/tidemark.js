#!/usr/bin/env node
// Not built, so that npm finds it when it links the command: `npm ci` comes before the build.
import '../dist/src/main.js';
