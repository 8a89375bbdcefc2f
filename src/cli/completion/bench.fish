# Completion of bench in fish: bench completion fish > ~/.config/fish/completions/bench.fish
function __bench_words
    set -l lines (bench completion words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)
    string join \n -- $lines[2..]
    if test "$lines[1]" = files
        __fish_complete_path (commandline -ct)
    end
end
complete -c bench -f -a '(__bench_words)'
