CREATE TABLE employees (emp_no VARCHAR(10) PRIMARY KEY, full_name VARCHAR(40));
CREATE TABLE departments (dept_no CHAR(4) PRIMARY KEY, dept_name VARCHAR(40));
CREATE TABLE dept_emp (emp_no INTEGER, dept_no CHAR(4), from_date DATE, to_date DATE, PRIMARY KEY (emp_no, dept_no));
CREATE TABLE salaries (emp_no INTEGER, salary INTEGER, from_date DATE, to_date DATE, PRIMARY KEY (emp_no, from_date));
INSERT INTO employees VALUES ('10001', '陈伟'), ('10002', '王 静'), ('10003', '张三丰'), ('10004', '李 敏'), ('10005', '周强');
INSERT INTO departments VALUES ('d004', 'Production'), ('d005', 'Development'), ('d006', 'Quality Management');
INSERT INTO dept_emp VALUES (10001, 'd005', '1986-06-26', NULL), (10002, 'd005', '2001-05-01', NULL), (10003, 'd006', '1995-12-03', NULL), (10004, 'd004', '1986-12-01', '2010-01-01'), (10005, 'd006', '1989-09-12', NULL);
INSERT INTO salaries VALUES (10001, 60117, '2007-06-26', '2008-06-26'), (10001, 62102, '2008-06-26', '2009-06-25'), (10001, 88958, '2009-06-25', NULL), (10001, 99999, '2998-01-01', NULL), (10002, 72527, '2001-08-02', '9999-01-01'), (10003, 43311, '2001-12-01', NULL), (10004, 40054, '1986-12-01', '2010-01-01');
