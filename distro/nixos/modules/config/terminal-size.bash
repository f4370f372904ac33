# A serial line does not tell the size of the terminal at its other end. So each prompt asks the terminal (CSI 18 t), and readline takes
# the reply (CSI 8 ; ROWS ; COLUMNS t) as if it were a key. A terminal that does not reply costs nothing.
__ask_size() {
  # What is typed ahead would be run before the reply comes, which would then be its input.
  if read -r -t 0; then __size_question=; else __size_question=$'\e[18t'; fi
  # Ahead of a line break alone: readline draws the last line of a prompt again after the reply, and that must not ask again.
  case $PS1 in
    *__size_question*) ;;
    *'\n'*|*$'\n'*) PS1="\[\${__size_question-}\]$PS1" ;;
  esac
}

__take_size() {
  local rows columns
  IFS=';' read -r -s -t 1 -d t rows columns || return
  [[ $rows =~ ^[1-9][0-9]{0,3}$ && $columns =~ ^[1-9][0-9]{0,3}$ && "$rows $columns" != "${__size-}" ]] || return
  stty rows "$rows" columns "$columns" && __size="$rows $columns"
}

for __line in /dev/ttyS[0-9] /dev/ttyAMA[0-9] /dev/hvc[0-9]; do
  if [[ $TERM != dumb && /dev/stdin -ef $__line ]]; then
    for __keymap in emacs vi-insert vi-command; do bind -m $__keymap -x '"\e[8;": __take_size'; done
    PROMPT_COMMAND+=(__ask_size)
  fi
done
unset __line __keymap
