package bankfile

import "strings"

// What banks take at least: the lengths of a name in the Single Euro Payments
// Area, and of a remittance text.
const (
	maxName = 70
	maxText = 140
)

// Latin returns text in the characters that every bank takes, cut to a length.
// A letter that has none like it, and any other sign, becomes a point.
func Latin(text string, length int) string {
	var plain strings.Builder
	for _, r := range text {
		switch like, known := likes[r]; {
		case known:
			plain.WriteString(like)
		case taken(r):
			plain.WriteRune(r)
		case r == '\t' || r == '\n' || r == '\r' || r == '\u00a0':
			plain.WriteByte(' ')
		case r >= '\u0300' && r <= '\u036f': // an accent of its own, on the letter before
		default:
			plain.WriteByte('.')
		}
	}
	words := strings.Join(strings.Fields(plain.String()), " ")
	return strings.TrimSpace(words[:min(length, len(words))])
}

// Legible reports whether Latin leaves a letter or digit of the text.
func Legible(text string) bool {
	return strings.ContainsFunc(Latin(text, maxName), func(r rune) bool { return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' })
}

func taken(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune(" /-?:().,'+", r)
}

// likes are the characters that stand for others: Latin, Greek and Cyrillic
// letters, after the conversion table of the European Payments Council.
var likes = readLikes(`
A ÀÁÂÃÄÅĀĂĄǍΑΆА
B ΒБ
C ÇĆĈĊČ
D ĎĐÐΔД
E ÈÉÊËĒĔĖĘĚΕΈЕЭ
F ΦФ
G ĜĞĠĢΓГ
H ĤĦХ
I ÌÍÎÏĨĪĬĮİΗΉΙΊΪИЫІ
J ĴЙ
K ĶΚК
L ĹĻĽĿŁΛЛ
M ΜМ
N ÑŃŅŇŊΝН
O ÒÓÔÕÖØŌŎŐΟΌΩΏО
P ΠП
R ŔŖŘΡР
S ŚŜŞŠȘΣС
T ŢŤŦȚÞΤТ
U ÙÚÛÜŨŪŬŮŰŲУ
V В
W Ŵ
X Ξ
Y ÝŶŸΥΎΫЬ
Z ŹŻŽΖЗ
AE Æ
OE Œ
TH Θ
CH ΧЧ
PS Ψ
ZH Ж
TS Ц
SH Ш
SHT Щ
YU Ю
YA Я
YO Ё
SS ẞ
a àáâãäåāăąǎαάа
b βб
c çćĉċč
d ďđðδд
e èéêëēĕėęěεέеэ
f φф
g ĝğġģγг
h ĥħх
i ìíîïĩīĭįıηήιίϊΐиыі
j ĵй
k ķκк
l ĺļľŀłλл
m μм
n ñńņňŋνн
o òóôõöøōŏőοόωώо
p πп
r ŕŗřρр
s śŝşšșσςс
t ţťŧțþτт
u ùúûüũūŭůűųу
v в
w ŵ
x ξ
y ýÿŷυύϋΰь
z źżžζз
ae æ
oe œ
ss ß
th θ
ch χч
ps ψ
zh ж
ts ц
sh ш
sht щ
yu ю
ya я
yo ё
A Ъ
a ъ
+ &
' ‘’‛´` + "`" + `ʼ"“”„«»
- ‐‑‒–—_
( [{<
) ]}>
/ \|
, ;
`)

func readLikes(table string) map[rune]string {
	read := make(map[rune]string, 400)
	for line := range strings.Lines(table) {
		like, runes, _ := strings.Cut(strings.TrimSpace(line), " ")
		for _, r := range runes {
			read[r] = like
		}
	}
	return read
}
