#!/bin/sh
printf '%s\n' hello
