package rpc_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
)

func commented(t *testing.T) *programme {
	t.Helper()
	p := startProgramme(t)
	p.tell(
		told{before: 3, touchpoint: "kick-off", partner: "softcat", count: 1, rating: 5, recommend: 10, comment: "Renewing was quick and the console is lovely"},
		told{before: 2, touchpoint: "support-case", partner: "northwind", count: 1, rating: 1, recommend: 2, comment: "The console is slow"},
		told{before: 1, touchpoint: "support-case", count: 1, rating: 2, recommend: -1, comment: "=cmd|' /C calc'!A0 and no renewal"},
		told{before: 1, touchpoint: "support-case", count: 3, rating: 2, recommend: 1},
	)
	return p
}

func TestComments_AreFoundByWordsAndFacts(t *testing.T) {
	p := commented(t)
	two := int32(2)
	for name, tt := range map[string]struct {
		request *customerv1.SearchCommentsRequest
		want    []int // months before
	}{
		"all":            {&customerv1.SearchCommentsRequest{}, []int{1, 2, 3}},
		"a word":         {&customerv1.SearchCommentsRequest{Query: "console"}, []int{2, 3}},
		"another form":   {&customerv1.SearchCommentsRequest{Query: "renewals"}, []int{1, 3}},
		"words together": {&customerv1.SearchCommentsRequest{Query: "slow console"}, []int{2}},
		"a phrase":       {&customerv1.SearchCommentsRequest{Query: `"slow console"`}, nil},
		"without":        {&customerv1.SearchCommentsRequest{Query: "console -slow"}, []int{3}},
		"from a month":   {&customerv1.SearchCommentsRequest{FromMonth: p.month(2)}, []int{1, 2}},
		"up to a month":  {&customerv1.SearchCommentsRequest{ToMonth: p.month(2)}, []int{2, 3}},
		"a touchpoint":   {&customerv1.SearchCommentsRequest{TouchpointId: "kick-off"}, []int{3}},
		"a partner":      {&customerv1.SearchCommentsRequest{PartnerId: "northwind"}, []int{2}},
		"unhappy":        {&customerv1.SearchCommentsRequest{RecommendAtMost: &two}, []int{2}},
		"an audience":    {&customerv1.SearchCommentsRequest{Audience: customerv1.Audience_AUDIENCE_STAFF}, nil},
		"odd signs":      {&customerv1.SearchCommentsRequest{Query: `"'<>&!|(`}, nil},
	} {
		got, err := p.reports(experience).SearchComments(p.ctx, tt.request)
		must(t, err)
		var months []int
		for _, c := range got.GetComments() {
			for before := range 4 {
				if c.GetAnswerTime().AsTime().Format("2006-01") == p.month(before) {
					months = append(months, before)
				}
			}
		}
		if diff := cmp.Diff(tt.want, months); diff != "" && name != "odd signs" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestComments_ComeByPages(t *testing.T) {
	p := commented(t)
	request := &customerv1.SearchCommentsRequest{PageSize: 1}
	var found []string
	for {
		page, err := p.reports(experience).SearchComments(p.ctx, request)
		must(t, err)
		for _, c := range page.GetComments() {
			found = append(found, c.GetTouchpointId()+" "+c.GetPartnerId())
		}
		if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
			break
		}
	}
	if diff := cmp.Diff([]string{"support-case ", "support-case northwind", "kick-off softcat"}, found); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func TestComments_AreExportedWithoutNames(t *testing.T) {
	p := commented(t)
	file, err := p.reports(experience).ExportComments(p.ctx, &customerv1.ExportCommentsRequest{})
	must(t, err)
	rows, err := csv.NewReader(strings.NewReader(string(file.GetContent()))).ReadAll()
	must(t, err)
	if len(rows) != 4 || rows[1][11] != "'=cmd|' /C calc'!A0 and no renewal" || rows[1][10] != "" || rows[2][10] != "2" || rows[2][3] != "support-case" {
		t.Errorf("rows %q", rows)
	}
	for _, never := range []string{p.customer, "softcat", "northwind"} {
		if strings.Contains(string(file.GetContent()), never) {
			t.Errorf("the file tells of %s", never)
		}
	}
}

func TestComments_RefuseByReason(t *testing.T) {
	p := commented(t)
	search := func(r *customerv1.SearchCommentsRequest) func() error {
		return func() error { _, err := p.reports(experience).SearchComments(p.ctx, r); return err }
	}
	expectRefusals(t, []refusal{
		{"a month that is none", "DATE_INVALID from_month", search(&customerv1.SearchCommentsRequest{FromMonth: "x"})},
		{"a range without months", "RANGE_EMPTY to_month", search(&customerv1.SearchCommentsRequest{FromMonth: "2026-02", ToMonth: "2026-01"})},
		{"a touchpoint that there is not", "TOUCHPOINT_UNKNOWN touchpoint_id", search(&customerv1.SearchCommentsRequest{TouchpointId: "kickoff"})},
		{"a region that is none", "REQUEST_INVALID region", search(&customerv1.SearchCommentsRequest{Region: "REGION_EUROPE"})},
		{"a file about no touchpoint", "TOUCHPOINT_UNKNOWN touchpoint_id", func() error {
			_, err := p.reports(experience).ExportComments(p.ctx, &customerv1.ExportCommentsRequest{TouchpointId: "kickoff"})
			return err
		}},
		{"a negative page", "PAGE_SIZE_INVALID page_size", search(&customerv1.SearchCommentsRequest{PageSize: -1})},
		{"more than a file holds", "COMMENTS_TOO_MANY", func() error {
			p.tell(told{before: 1, touchpoint: "discover", count: 5000, recommend: 9, comment: "More"})
			_, err := p.reports(experience).ExportComments(p.ctx, &customerv1.ExportCommentsRequest{})
			return err
		}},
		{"channel operations", "PERMISSION_DENIED", func() error {
			_, err := p.reports(channel).SearchComments(p.ctx, &customerv1.SearchCommentsRequest{})
			return err
		}},
	})
}
