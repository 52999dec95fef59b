#include "../../bin/rd-encode/follow.h"

#include "../tap.h"

enum { MOST = 8000000 };

static struct fanout f;

static struct fanout_reader *
reader(unsigned int i, int64_t bitrate)
{
	f.readers[i] =
	    (struct fanout_reader){ .used = true, .bitrate = bitrate };
	f.count++;
	return &f.readers[i];
}

int
main(void)
{
	struct fanout_reader *narrow, *wide, *file;

	is_int(follow_bitrate(&f, MOST), MOST, "nobody says anything");
	narrow = reader(3, 1000000);
	is_int(follow_bitrate(&f, MOST), 1000000, "one is followed");
	ok(follow_leads(&f, narrow), "in all it wants");
	file = reader(0, 0);
	is_int(follow_bitrate(&f, MOST), 1000000, "who says nothing is not");
	wide = reader(9, 3000000);
	is_int(follow_bitrate(&f, MOST), 3000000, "nor who takes less");
	wide->bitrate = MOST + 1;
	is_int(follow_bitrate(&f, MOST), MOST, "there is a most");
	ok(!follow_leads(&f, narrow), "key pictures can wait");
	follow_lead(&f, narrow);
	is_int(follow_bitrate(&f, MOST), 1000000, "but who gives input leads");
	ok(follow_leads(&f, narrow), "and need not wait");
	follow_lead(&f, wide);
	follow_lead(&f, wide);
	is_int(follow_bitrate(&f, MOST), MOST, "until another does");
	ok(!follow_leads(&f, narrow), "then it waits");
	follow_lead(&f, file);
	is_int(follow_bitrate(&f, MOST), MOST, "whatever the link carries");
	file->used = false;
	follow_lead(&f, narrow);
	narrow->used = false;
	is_int(
	    follow_bitrate(&f, MOST), MOST, "when it goes the last one does");
	return done_testing();
}
