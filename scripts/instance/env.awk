# env.awk - NAME=VALUE lines as words for sh's eval, in which nothing is special
#
# A value in quotes, as sh has them, loses them and may go on over several
# lines; any other, also one whose quotes are not closed, is what follows "=".
# Nothing is expanded.  Names that match newer count only when they are not in
# the environment; with -v why=NAME only the lines are printed that set it.

BEGIN {
	# What sh itself goes by, and what is each process's own.
	split("IFS OPTIND OPTARG LINENO PPID PWD OLDPWD SHLVL HOME PS4 _", own, " ")
	for (i in own)
		kept[own[i]]
}

{ lines[NR] = $0 }

END {
	for (at = 1; at <= NR; at++)
		if (lines[at] ~ /^[ \t]*(export[ \t]+)?[A-Za-z_][A-Za-z0-9_]*=/)
			at = assignment(at)
}

# Returns its last line.
function assignment(at,    name, text, last) {
	name = text = lines[at]
	sub(/^[ \t]*(export[ \t]+)?/, "", name)
	sub(/=.*/, "", name)
	sub(/^[^=]*=/, "", text)
	last = at
	value = text
	if (text ~ /^['"]/) {
		while (!unquote(text) && last < NR)
			text = text "\n" lines[++last]
		if (!closed)
			last = at
	}
	if (why == name)
		print FILENAME ":" at
	else if (why == "" && !(name in kept) && !(name ~ newer && ENVIRON[name] != ""))
		print "export " name "='" escaped(value) "'"
	return last
}

# Whether all quotes are closed; then value is the text without them.
function unquote(text,    out, quote, i, c) {
	out = quote = ""
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == quote)
			quote = ""
		else if (quote == "" && (c == "'" || c == "\""))
			quote = c
		else if (c == "\\" && escapes(quote, substr(text, i + 1, 1)))
			out = out substr(text, ++i, 1)
		else
			out = out c
	}
	closed = quote == ""
	if (closed)
		value = out
	return closed
}

function escapes(quote, c) {
	return quote == "" || quote == "\"" && c ~ /["\\$`]/
}

function escaped(text) {
	gsub(/'/, "'\\''", text)
	return text
}
