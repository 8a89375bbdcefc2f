printf '%s\n' hello
