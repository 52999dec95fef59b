#include "../../bin/rd-rtc/pictures.h"

#include "../tap.h"

int
main(void)
{
	struct pictures p = { .number = 0xfffe };
	uint32_t seq;

	ok(!pictures_at(&p, 1), "nothing was sent");
	is_int(pictures_back(&p, 5), 0, "nothing is known");
	ok(!pictures_revoke(&p, 0, &seq), "or revoked");
	pictures_add(&p, 0xffffffff, 0xfff0);
	pictures_add(&p, 3, 0xfffa);
	pictures_add(&p, 4, 2);
	is_int(p.number, 1, "numbers wrap");
	is_int(pictures_back(&p, 0xffffffff), 3, "three before the next");
	is_int(pictures_at(&p, 1)->first, 2, "the newest");
	ok(!pictures_at(&p, 0) && !pictures_at(&p, 4), "no other");
	ok(pictures_revoke(&p, 0xfffb, &seq) && seq == 4 && p.number == 0,
	    "the newest is revoked");
	ok(pictures_revoke(&p, 0xfffa, &seq) && seq == 3, "so is another");
	is_int(pictures_back(&p, 0xffffffff), 1, "the first stays");
	for (int i = 0; i < PICTURES; i++)
		pictures_add(&p, 100 + (uint32_t)i, (uint16_t)i);
	is_int(pictures_back(&p, 0xffffffff), 0, "until it is too old");
	is_int(pictures_back(&p, 100), PICTURES, "others are not");
	return done_testing();
}
