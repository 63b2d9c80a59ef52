package finance

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/commission/internal/forecast"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
)

// ForecastFilter says which margins to forecast, and what to slice them by.
type ForecastFilter = postgres.ForecastFilter

// ForecastQuestion asks for a forecast of the months from one on; 0 stands for
// the present one, and nil for the usual number. With ByHistory the partners' own
// histories count. The filter's months and partners follow from the rest.
type ForecastQuestion struct {
	From      forecast.Month
	Months    *int32
	PartnerID string
	Filter    ForecastFilter
	ByHistory bool
	Given     forecast.Given
}

// ForecastAnswer is a forecast with what it rests on.
type ForecastAnswer struct {
	forecast.Forecast
	Range         forecast.Range
	Probabilities forecast.Probabilities
	Given         forecast.Given
	// Several is true where scheduled and open renewals have the probabilities of
	// more than one history.
	Several     bool
	WithoutLock int64 // how many subscriptions have no locked margin
}

// GetForecast forecasts margins by month.
func (a *App) GetForecast(ctx context.Context, q ForecastQuestion) (ForecastAnswer, error) {
	answer := ForecastAnswer{Given: q.Given}
	if err := q.Given.Check(); err != nil {
		return answer, err
	}
	var err error
	if answer.Range, err = forecast.NewRange(q.From, q.Months, forecast.MonthOf(a.today())); err != nil {
		return answer, err
	}
	f := q.Filter
	f.From, f.Until, f.Partners = answer.Range.From, answer.Range.Until(), partnersAsked(ctx, q.PartnerID)
	f.ByPartner = f.ByPartner || q.ByHistory
	var sums postgres.ForecastSums
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		sums, err = tx.SumForecast(ctx, f)
		return err
	})
	if err != nil {
		return answer, err
	}
	answer.WithoutLock, answer.Probabilities = sums.Unlocked, forecast.Policy().With(q.Given)
	if q.ByHistory {
		weighByHistory(sums, q.Given)
		if answer.Several = len(f.Partners) != 1; !answer.Several {
			answer.Probabilities = forecast.Policy().By(sums.Histories[f.Partners[0]]).With(q.Given)
		}
	} else {
		weighed(sums.Lines, &answer.Probabilities)
	}
	if !q.Filter.ByPartner {
		for i := range sums.Lines {
			sums.Lines[i].Group.PartnerID = ""
		}
	}
	answer.Forecast = forecast.Sum(sums.Lines)
	return answer, nil
}

// weighByHistory gives each line the probabilities of its partner.
func weighByHistory(sums postgres.ForecastSums, given forecast.Given) {
	by := map[string]*forecast.Probabilities{}
	for i := range sums.Lines {
		partner := sums.Lines[i].Group.PartnerID
		if by[partner] == nil {
			by[partner] = new(forecast.Policy().By(sums.Histories[partner]).With(given))
		}
		sums.Lines[i].By = by[partner]
	}
}

// partnersAsked returns whose forecast is asked for: a partner's own, or, without
// any, that of all together. Another's is empty to it, as its rows are.
func partnersAsked(ctx context.Context, asked string) []string {
	if asked != "" {
		return []string{asked}
	}
	caller, _ := auth.From(ctx)
	return caller.PartnerIDs
}
