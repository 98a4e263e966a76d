# SPDX-License-Identifier: GPL-2.0-only
# Compares what cases have seen, in words, and says which differences have no reason in the file `known`. A difference is
# "LINE => LINE", and what was seen before on the machine itself, remarks included, is its context.
function problem(number, difference) {
	bad++
	class = difference
	gsub(/=[0-9a-f]+/, "", class)
	if (classes[class]++ < 5)
		printf "%s: case %s: %s (%s)\n", l0, number, difference, outcome[1, number]
}

# The number of a reason for this difference, or 0.
function reason_of(difference,   i) {
	for (i = 1; i <= reasons; i++)
		if (difference ~ what[i] && context ~ where[i])
			return i
	return 0
}

function name_of(text) {
	sub(/=.*/, "", text)
	return text
}

# True if two words of 64 bits differ in RFLAGS.RF alone, set in the second: bit 16, or bit 48 where a frame has words of 32 bits.
function sets_rf(a, b,   place, n) {
	while (length(a) < 16)
		a = "0" a
	while (length(b) < 16)
		b = "0" b
	for (n = 0; n < 2; n++) {
		place = 12 - 8 * n
		if (substr(a, 1, place - 1) == substr(b, 1, place - 1) && substr(a, place + 1) == substr(b, place + 1))
			return index("02468ace", substr(a, place, 1)) && index("13579bdf", substr(b, place, 1)) == \
				index("02468ace", substr(a, place, 1))
	}
	return 0
}

# "LINE => LINE". A sum over memory is told by the first word that differs, which stands in the remarks before it; pushed flags
# that differ in RF alone have a name.
function difference_at(number, i,   n, a, b, left, right, words, rf) {
	n = split(remark[1, number, i], left, ";")
	if (line[1, number, i] !~ /^stack=/ || n != split(remark[2, number, i], right, ";"))
		return line[1, number, i] " => " line[2, number, i]
	for (; n > 0; n--) {
		if (left[n] == right[n])
			continue
		split(left[n], a, " = ")
		split(right[n], b, " = ")
		words++
		rf += a[1] == b[1] && sets_rf(a[2], b[2])
	}
	return words > 0 && rf == words ? "stack: RFLAGS.RF=0 => RFLAGS.RF=1" : line[1, number, i] " => " line[2, number, i]
}

# Differences in what was seen, one after the other: behind one that has a reason it goes on only if that says so.
function compare(number,   i, r, difference, found) {
	context = ""
	for (i = 1; i <= count[1, number] || i <= count[2, number]; i++) {
		context = context remark[1, number, i]
		if (line[1, number, i] != line[2, number, i]) {
			difference = difference_at(number, i)
			r = reason_of(difference)
			if (!r) {
				problem(number, difference)
				return
			}
			if (!found)
				explained[r]++
			found = 1
			if (!passes[r] || name_of(line[1, number, i]) != name_of(line[2, number, i]))
				break
		}
		context = context ";" line[1, number, i]
	}
	if (!found && (r = reason_of("the same in words"))) {
		explained[r]++
		found = 1
	}
	if (found)
		good++
	else
		problem(number, "the same in words")
}

BEGIN {
	FS = "\t"
	while ((getline text <known) > 0) {
		split(text, part, "\t")
		goes_on = sub(/\+$/, "", part[1])
		if (text ~ /^#/ || text == "" || (part[1] != "any" && part[1] != l0))
			continue
		passes[++reasons] = goes_on
		what[reasons] = part[2]
		where[reasons] = part[3] == "-" ? "" : part[3]
		why[reasons] = part[4]
	}
	while ((getline text <lines) > 0) {
		split(text, part, " ")
		if (text ~ / DIED/) {
			outcome[1, part[1]] = "the machine ended"
			problem(part[1], "DIED")
		}
		skipped += text ~ / skip /
		ran++
	}
}

FNR == 1 { file++ }
/^[0-9]+:/ {
	number = substr($0, 1, index($0, ":") - 1)
	text = substr($0, index($0, " ") + 1)
	if (file == 1 && !((1, number) in count))
		order[++numbers] = number
	if (text ~ /^#/)
		remark[file, number, count[file, number] + 1] = remark[file, number, count[file, number] + 1] ";" text
	else
		line[file, number, ++count[file, number]] = text
	next
}
/^[0-9]+ / {
	number = substr($0, 1, index($0, " ") - 1)
	outcome[file, number] = substr($0, index($0, " ") + 1)
}

END {
	for (i = 1; i <= numbers; i++) {
		number = order[i]
		if (!((2, number) in outcome))
			problem(number, "no words under " l0)
		else
			compare(number)
	}
	for (i = 1; i <= reasons; i++)
		if (explained[i])
			printf "%s: %d times: %s\n", l0, explained[i], why[i]
	for (class in classes)
		if (classes[class] > 5)
			printf "%s: %d times without a reason: %s\n", l0, classes[class], class
	printf "%s: %d cases, %d skipped, %d explained, %d without a reason\n", l0, ran, skipped, good, bad
	if (ran < cases)
		bad++
	exit bad > 0
}
