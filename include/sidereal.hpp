// Sidereal for C++17: the handles of sidereal.h as objects that free themselves. Header only; every status but OK is an exception.
#ifndef SIDEREAL_HPP
#define SIDEREAL_HPP

#include <sidereal.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sidereal {

// A call that failed: its status, and the sentence that its handle kept.
class error : public std::runtime_error {
public:
	error(sidereal_status status, const std::string &message)
	    : std::runtime_error(message.empty() ? sidereal_strerror(status) : message), status_(status) {}

	sidereal_status status() const noexcept { return status_; }

private:
	sidereal_status status_;
};

namespace detail {

template <auto Free> struct deleter {
	template <typename Handle> void operator()(Handle *handle) const noexcept { Free(handle); }
};

template <typename Handle, auto Message> void check(sidereal_status status, const Handle *handle) {
	if (status == SIDEREAL_STATUS_OK) {
		return;
	}
	char text[1024] = "";
	Message(handle, text, sizeof text, nullptr);
	throw error(status, text);
}

} // namespace detail

// Settings to make engines of.
class config {
public:
	config() {
		sidereal_config *made = nullptr;
		check(sidereal_config_new(&made));
		handle_.reset(made);
	}

	config &set(sidereal_setting setting, std::string_view value) {
		check(sidereal_config_set_text(get(), setting, value.data() ? value.data() : "", value.size()));
		return *this;
	}

	config &set(sidereal_setting setting, std::uint64_t value) {
		check(sidereal_config_set_number(get(), setting, value));
		return *this;
	}

	config &on_event(sidereal_event_callback callback, void *context = nullptr) {
		check(sidereal_config_set_events(get(), callback, context));
		return *this;
	}

	config &clock(sidereal_clock_callback callback, void *context = nullptr) {
		check(sidereal_config_set_clock(get(), callback, context));
		return *this;
	}

	void rotate_keyring(std::size_t keep) { check(sidereal_config_rotate_keyring(get(), keep)); }

	sidereal_config *get() const noexcept { return handle_.get(); }

private:
	void check(sidereal_status status) const { detail::check<sidereal_config, sidereal_config_message>(status, get()); }

	std::unique_ptr<sidereal_config, detail::deleter<sidereal_config_free>> handle_;
};

// Shared by any number of threads.
class engine {
public:
	explicit engine(const config &settings) {
		sidereal_engine *made = nullptr;
		detail::check<sidereal_config, sidereal_config_message>(sidereal_engine_new(settings.get(), &made), settings.get());
		handle_.reset(made);
	}

	std::uint64_t sweep(std::uint32_t budget_ms) const {
		std::uint64_t removed = 0;
		detail::check<sidereal_engine, sidereal_engine_message>(sidereal_engine_sweep(get(), budget_ms, &removed), get());
		return removed;
	}

	// Call it first in a forked child.
	void after_fork() {
		sidereal_engine *handle = handle_.release();
		const sidereal_status status = sidereal_after_fork(&handle);
		handle_.reset(handle);
		detail::check<sidereal_engine, sidereal_engine_message>(status, get());
	}

	sidereal_engine *get() const noexcept { return handle_.get(); }

private:
	std::unique_ptr<sidereal_engine, detail::deleter<sidereal_engine_free>> handle_;
};

// One request and its session; closed when it goes out of scope.
class request {
public:
	explicit request(const engine &of) {
		sidereal_request *made = nullptr;
		detail::check<sidereal_engine, sidereal_engine_message>(sidereal_request_new(of.get(), &made), of.get());
		handle_.reset(made);
	}

	request &cookies(std::string_view header) {
		check(sidereal_request_add_cookies(get(), header.data() ? header.data() : "", header.size()));
		return *this;
	}

	request &https(bool yes) {
		check(sidereal_request_set_https(get(), yes ? 1 : 0));
		return *this;
	}

	request &address(std::string_view text) {
		check(sidereal_request_set_address(get(), text.data() ? text.data() : "", text.size()));
		return *this;
	}

	request &user_agent(std::string_view text) {
		check(sidereal_request_set_user_agent(get(), text.data() ? text.data() : "", text.size()));
		return *this;
	}

	request &open(sidereal_access access = SIDEREAL_ACCESS_EXCLUSIVE) {
		check(sidereal_request_open(get(), access));
		return *this;
	}

	// Valid until the next call that is not const.
	std::string_view payload() {
		const void *at = nullptr;
		std::size_t length = 0;
		check(sidereal_request_payload(get(), &at, &length));
		return {static_cast<const char *>(at), length};
	}

	void commit() { check(sidereal_request_commit(get())); }

	void commit(std::string_view payload) {
		check(sidereal_request_set_payload(get(), payload.data(), payload.size()));
		commit();
	}

	void rotate() { check(sidereal_request_rotate(get())); }
	void elevate(sidereal_snapshot old = SIDEREAL_SNAPSHOT_AS_READ) { check(sidereal_request_elevate(get(), old)); }
	void logout() { check(sidereal_request_logout(get())); }
	void close() { check(sidereal_request_close(get())); }

	// The value of the Set-Cookie header to send; empty when there is none. Valid until the next call that is not const.
	std::string_view set_cookie() const {
		const char *line = nullptr;
		std::size_t length = 0;
		check(sidereal_request_set_cookie(get(), &line, &length));
		return {line, length};
	}

	sidereal_denial denial() const {
		sidereal_denial found = SIDEREAL_DENIAL_NONE;
		check(sidereal_request_denial(get(), &found));
		return found;
	}

	bool is_writable() const {
		std::uint32_t yes = 0;
		check(sidereal_request_is_writable(get(), &yes));
		return yes != 0;
	}

	sidereal_request *get() const noexcept { return handle_.get(); }

private:
	void check(sidereal_status status) const { detail::check<sidereal_request, sidereal_request_message>(status, get()); }

	std::unique_ptr<sidereal_request, detail::deleter<sidereal_request_free>> handle_;
};

} // namespace sidereal

#endif
